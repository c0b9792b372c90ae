"""The short report on the page of a GitHub job (`GITHUB_STEP_SUMMARY`), in GitHub's Markdown."""

from typing import Final

from conc_advisor.concurrency import VerdictId
from conc_advisor.profiling.diagnosis import Diagnosis, Stall
from conc_advisor.reports import quantities
from conc_advisor.reports.places import Places
from conc_advisor.reports.sanitise import markdown, markdown_code
from conc_advisor.reports.summary import command_words, key_numbers, run_words

_STALLS: Final = 10
_FINE: Final = frozenset({VerdictId.LOOP_HEALTHY})


def render(diagnosis: Diagnosis, *, working_directory: str = "") -> str:
    """Return the verdict, the numbers, the stalls and the next step as Markdown in which nothing of the target's is read as markup."""
    verdict = diagnosis.verdict
    blocks = [
        f"### {'✅ ' if verdict.id in _FINE else ''}{verdict.id}: {markdown(verdict.sentence)}",
        f"{markdown_code(command_words(diagnosis))}, {markdown(run_words(diagnosis))}. Confidence: {verdict.confidence}.",
        "\n".join(f"- {markdown(number.name)}: **{markdown(number.value)}**" for number in key_numbers(diagnosis)),
        _stall_table(diagnosis, Places(working_directory=working_directory)),
        "\n".join(f"- in doubt: {markdown(doubt)}" for doubt in verdict.doubts),
        f"**Next step:** {markdown(verdict.next_step)}" if verdict.next_step else "",
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _stall_table(diagnosis: Diagnosis, places: Places) -> str:
    shown = diagnosis.stalls[:_STALLS]
    if not shown:
        return ""
    hidden = len(diagnosis.stalls) - len(shown)
    head = "| event loop kept waiting at | cause | times | total | longest |\n| --- | --- | ---: | ---: | ---: |"
    return "\n".join([head, *(_stall_row(stall, places) for stall in shown)]) + (f"\n\n… and {hidden} more places." if hidden else "")


def _stall_row(stall: Stall, places: Places) -> str:
    times = f"{'about ' if stall.estimated else ''}{quantities.count(stall.count)}"
    total, longest = quantities.duration(stall.total_seconds), quantities.duration(stall.longest_seconds)
    return f"| {markdown_code(places.location(stall.location))} | {stall.cause} | {times} | {total} | {longest} |"
