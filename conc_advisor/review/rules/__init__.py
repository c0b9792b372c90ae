"""The rules, one a file; each module's docstring is the rule's page."""

from typing import Final

from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import (
    acquire_without_finally,
    async_generator_left_open,
    async_without_await,
    blocking_call_in_coroutine,
    blocking_helper_in_coroutine,
    blocking_wait_in_coroutine,
    chatty_ipc,
    client_per_request,
    computing_in_coroutine,
    coroutine_function_in_thread,
    coroutine_never_awaited,
    evaluated_before_offload,
    executor_per_call,
    file_io_in_coroutine,
    fork_with_threads,
    global_event_loop,
    lock_held_while_waiting,
    lock_order,
    missing_shutdown,
    nested_event_loop,
    processes_for_io,
    threads_for_cpu,
    unpicklable_work,
    useless_suppression,
)

ALL: Final[tuple[Rule, ...]] = (
    useless_suppression.RULE,
    blocking_call_in_coroutine.RULE,
    file_io_in_coroutine.RULE,
    blocking_wait_in_coroutine.RULE,
    computing_in_coroutine.RULE,
    blocking_helper_in_coroutine.RULE,
    evaluated_before_offload.RULE,
    coroutine_never_awaited.RULE,
    missing_shutdown.RULE,
    async_generator_left_open.RULE,
    executor_per_call.RULE,
    client_per_request.RULE,
    coroutine_function_in_thread.RULE,
    lock_order.RULE,
    lock_held_while_waiting.RULE,
    acquire_without_finally.RULE,
    unpicklable_work.RULE,
    fork_with_threads.RULE,
    chatty_ipc.RULE,
    nested_event_loop.RULE,
    global_event_loop.RULE,
    async_without_await.RULE,
    threads_for_cpu.RULE,
    processes_for_io.RULE,
)
"""Every rule, by code.  A test keeps that no module of this package is missing."""
