"""Makes the document of the JSON report out of a report; nothing is left out but what the document says is."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import msgspec

from conc_advisor.concurrency import BlockKind, ThreadState
from conc_advisor.findings import Finding, Location
from conc_advisor.profiling.diagnosis import (
    AsleepHolding,
    BlockingSite,
    GilContention,
    HolderSite,
    HotFunction,
    HotNode,
    HotPaths,
    ProcessSummary,
    Stall,
    ThreadSummary,
)
from conc_advisor.reports import document
from conc_advisor.reports.report import Report
from conc_advisor.workload import Evidence

_DEEPEST: Final = 100
"""Levels of the tree of stacks: a recursive program makes it as deep as it likes, and readers of JSON stop somewhere."""


def profile(report: Report) -> document.Profile:
    """Return the document for a report."""
    diagnosis, header = report.diagnosis, report.recording.header
    return document.Profile(
        tool_version=header.tool_version,
        target=document.Target(
            command=list(diagnosis.command),
            attached=diagnosis.attached,
            working_directory=header.working_directory,
            exit_status=diagnosis.exit_status,
            duration_seconds=diagnosis.duration_seconds,
            created=diagnosis.created,
        ),
        verdict=msgspec.convert(asdict(diagnosis.verdict), document.Verdict),
        processes=[_process(process) for process in diagnosis.processes],
        contention=[_contention(gil) for gil in diagnosis.contention],
        event_loops=[msgspec.convert(asdict(loop), document.EventLoop) for loop in diagnosis.event_loops],
        stall_threshold_seconds=diagnosis.stall_threshold_seconds,
        stalls=[_stall(stall) for stall in diagnosis.stalls],
        blocking=[_site(site) for site in diagnosis.blocking],
        hot_paths=_hot_paths(diagnosis.hot_paths),
        findings=[_finding(finding) for finding in diagnosis.findings],
        sampling=msgspec.convert(asdict(diagnosis.sampling), document.Sampling),
        machine=msgspec.convert(asdict(diagnosis.machine), document.Machine),
        limits=[document.Limit(what=limit.what, why=limit.why) for limit in diagnosis.limits],
        evidence=[_evidence(each) for each in diagnosis.evidence],
    )


def _evidence(evidence: Evidence) -> document.Evidence:
    value = evidence.value
    return document.Evidence(
        factor=evidence.factor.value,
        value=value if isinstance(value, bool) else str(value),
        confidence=evidence.confidence.value,
        detail=evidence.detail,
    )


def _process(process: ProcessSummary) -> document.Process:
    return document.Process(
        pid=process.pid,
        parent_pid=process.parent_pid,
        command=process.command,
        python=process.python,
        seconds=process.seconds,
        gil_measured=process.gil_measured,
        threads=[_thread(thread) for thread in process.threads],
    )


def _thread(thread: ThreadSummary) -> document.Thread:
    return document.Thread(
        os_thread_id=thread.os_thread_id,
        name=thread.name,
        label=thread.label,
        python=thread.python,
        plumbing=thread.plumbing,
        seconds=thread.seconds,
        samples=thread.samples,
        states=_states(thread.states),
        blocked=_blocked(thread.blocked),
        holding_gil_seconds=thread.holding_gil_seconds,
        cpu_seconds=thread.cpu_seconds,
    )


def _states(states: Mapping[ThreadState, float]) -> document.States:
    return msgspec.convert({state.value: states.get(state, 0.0) for state in ThreadState}, document.States)


def _blocked(blocked: Mapping[BlockKind, float]) -> document.Blocked:
    return msgspec.convert({kind.value: blocked.get(kind, 0.0) for kind in BlockKind}, document.Blocked)


def _contention(gil: GilContention) -> document.Contention:
    return document.Contention(
        pid=gil.pid,
        measured=gil.measured,
        held_share=gil.held_share,
        waited_seconds=gil.waited_seconds,
        waiting_share=gil.waiting_share,
        native_seconds=gil.native_seconds,
        holders=[_holder(site) for site in gil.holders],
        asleep_holding=[_asleep(site) for site in gil.asleep_holding],
        gain=document.Gain(low=gil.gain.low, high=gil.gain.high, assumption=gil.gain.assumption) if gil.gain else None,
    )


def _holder(site: HolderSite) -> document.HolderSite:
    return document.HolderSite(
        waiter=site.waiter,
        holder=site.holder,
        file=_file(site.location),
        line=_line(site.location),
        function=_function(site.location),
        seconds=site.seconds,
        share=site.share,
    )


def _asleep(site: AsleepHolding) -> document.AsleepHolding:
    return document.AsleepHolding(
        thread=site.thread,
        file=_file(site.location),
        line=_line(site.location),
        function=_function(site.location),
        seconds=site.seconds,
        others_waited_seconds=site.others_waited_seconds,
    )


def _site(site: BlockingSite) -> document.BlockingSite:
    return document.BlockingSite(
        thread=site.thread,
        state=site.state.value,
        kind=site.kind.value if site.kind else None,
        file=_file(site.location),
        line=_line(site.location),
        function=_function(site.location),
        seconds=site.seconds,
        share=site.share,
        count=site.count,
    )


def _stall(stall: Stall) -> document.Stall:
    return document.Stall(
        file=_file(stall.location),
        line=_line(stall.location),
        function=_function(stall.location),
        thread=stall.thread,
        cause=stall.cause.value,
        count=stall.count,
        total_seconds=stall.total_seconds,
        longest_seconds=stall.longest_seconds,
        first_seconds=stall.first_us / 1e6,
        estimated=stall.estimated,
        callback_file=_file(stall.callback),
        callback_line=_line(stall.callback),
        callback_function=_function(stall.callback),
    )


def _hot_paths(hot: HotPaths) -> document.HotPaths:
    return document.HotPaths(
        cpu_seconds=hot.cpu_seconds,
        functions=[_hot_function(function) for function in hot.functions],
        tree=[_hot_node(node) for node in hot.tree],
    )


def _hot_function(hot: HotFunction) -> document.HotFunction:
    return document.HotFunction(
        file=_file(hot.location),
        line=_line(hot.location),
        function=_function(hot.location),
        user_code=hot.user_code,
        own_seconds=hot.own_seconds,
        total_seconds=hot.total_seconds,
        line_seconds=hot.line_seconds,
    )


def _hot_node(node: HotNode, depth: int = 1) -> document.HotNode:
    return document.HotNode(
        label=node.label,
        file=_file(node.location),
        line=_line(node.location),
        function=_function(node.location),
        user_code=node.user_code,
        seconds=node.seconds,
        own_seconds=node.own_seconds,
        children=[_hot_node(child, depth + 1) for child in node.children] if depth < _DEEPEST else [],
    )


def _finding(finding: Finding) -> document.Finding:
    return document.Finding(
        rule=finding.rule,
        severity=finding.severity.value,
        confidence=finding.confidence.value,
        message=finding.message,
        advice=finding.advice,
        file=_file(finding.location),
        line=_line(finding.location),
        function=_function(finding.location),
    )


def _file(location: Location | None) -> str | None:
    return location.file if location else None


def _line(location: Location | None) -> int | None:
    return location.line if location and location.line > 0 else None


def _function(location: Location | None) -> str | None:
    return location.function if location else None
