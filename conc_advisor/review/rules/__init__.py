"""The rules, one a file; each module's docstring is the rule's page."""

from typing import Final

from conc_advisor.review.rule import Rule
from conc_advisor.review.rules import (
    async_without_await,
    blocking_call_in_coroutine,
    blocking_helper_in_coroutine,
    blocking_wait_in_coroutine,
    chatty_ipc,
    computing_in_coroutine,
    coroutine_never_awaited,
    evaluated_before_offload,
    executor_per_call,
    file_io_in_coroutine,
    global_event_loop,
    lock_order,
    missing_shutdown,
    nested_event_loop,
    processes_for_io,
    threads_for_cpu,
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
    executor_per_call.RULE,
    lock_order.RULE,
    chatty_ipc.RULE,
    nested_event_loop.RULE,
    global_event_loop.RULE,
    async_without_await.RULE,
    threads_for_cpu.RULE,
    processes_for_io.RULE,
)
"""Every rule, by code.  A test keeps that no module of this package is missing."""
