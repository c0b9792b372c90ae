"""A consultation from the request to the exit code: gather, ask what is open, recommend, write, keep the answers."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conc_advisor.cli.choose_next import again, next_commands
from conc_advisor.cli.choose_sources import STDIN, Gathered, gather
from conc_advisor.cli.console import Voice, say_line
from conc_advisor.cli.outlet import Outlet, StreamOutlet, check_free, check_writable, open_outlet, outlet_for
from conc_advisor.decision.answers import MOST_BYTES
from conc_advisor.decision.evidence import Answered, combine
from conc_advisor.decision.recommend import recommend
from conc_advisor.decision.recommendation import Consultation
from conc_advisor.errors import ExitCode, OutputError, RefusedError, UsageError
from conc_advisor.files import read_regular, real
from conc_advisor.reports.choice.registry import ChoiceFormat, render_choice
from conc_advisor.reports.plain import Paper
from conc_advisor.reports.sanitise import visible
from conc_advisor.workload import Factor, Origin

if TYPE_CHECKING:
    from conc_advisor.cli.wizard import Asker
    from conc_advisor.workload import Evidence

FindAsker = Callable[[], "Asker | None"]
"""Says who asks; None where there is nobody to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user asked for.

    `answers`, `pairs`, `recording` and `scan` are what --answers, --set, --from and --scan name; `commands` the names of all our commands.
    """

    answers: str | None = None
    pairs: tuple[str, ...] = ()
    recording: str | None = None
    scan: tuple[Path, ...] = ()
    format: str = "text"
    output: str | None = None
    save: str | None = None
    force: bool = False
    no_input: bool = False
    voice: Voice = field(default_factory=Voice)
    commands: frozenset[str] = frozenset()


def _asker_at_terminal() -> "Asker | None":
    if any(stream is None or not stream.isatty() for stream in (sys.stdin, sys.stderr)):
        return None
    from conc_advisor.cli.prompts import asker_at_terminal  # noqa: PLC0415  # who is not asked does not wait for it

    return asker_at_terminal()


def carry_out(request: Request, find_asker: FindAsker | None) -> int:
    """Gather, ask, recommend and write; return the exit code.  `find_asker` is what a test puts in the place of the terminal."""
    choice_format = _choice_format(request.format)
    _check_output(request)
    outlet = outlet_for(request.output, force=request.force)
    _check_save(request)
    gathered = gather(answers=request.answers, pairs=request.pairs, recording=request.recording, scan=request.scan)
    asker = None if request.no_input or request.answers == STDIN else (find_asker or _asker_at_terminal)()
    if asker is not None:
        gathered = _asked(gathered, asker, request)
    elif _nothing_said(request, gathered):
        return _refuse(gathered)
    answered = combine(gathered.evidence)
    consultation = _consultation(answered, gathered, request)
    look = outlet.look
    paper = Paper(width=look.width, color=look.color, unicode=look.unicode, verbose=request.voice.verbose)
    outlet.write([render_choice(choice_format, consultation, paper)])
    _save(answered, gathered, request)
    if consultation.next_commands and not (choice_format is ChoiceFormat.TEXT and _is_terminal(outlet)):
        # At a terminal it stands at the end of the text already.
        request.voice.say(f"next: {consultation.next_commands[0]}")
    if asker is None or find_asker is not None or choice_format is not ChoiceFormat.TEXT or "scaffold" not in request.commands:
        return ExitCode.DONE
    from conc_advisor.cli.choose_offer import offer  # noqa: PLC0415  # only after a conversation

    return offer(consultation.recommendation.templates, request.voice)


def _is_terminal(outlet: Outlet) -> bool:
    return isinstance(outlet, StreamOutlet) and outlet.stream is not None and outlet.stream.isatty()


def _choice_format(name: str) -> ChoiceFormat:
    if name == "mermaid":
        raise UsageError("mermaid is a format of --tree only", hint="add --tree, or give --format text, json or markdown")
    return ChoiceFormat(name)


def _asked(gathered: Gathered, asker: "Asker", request: Request) -> Gathered:
    """Return what is known after the conversation; raises `KeyboardInterrupt` when the person leaves."""
    from conc_advisor.cli.choose_sources import evidence_of_code  # noqa: PLC0415  # only who asks needs the following
    from conc_advisor.cli.wizard import Wizard, introduction  # noqa: PLC0415

    def look_into_the_code() -> "tuple[Evidence, ...]":
        scanned = evidence_of_code((Path(),))
        if scanned.unseen:
            request.voice.say(scanned.unseen)
        return scanned.evidence

    scan = None if request.scan else look_into_the_code
    wizard = Wizard(asker, request.voice, scan)
    try:
        for line in () if request.voice.quiet else introduction(gathered.evidence):
            asker.show(line)
        talk = wizard.talk(gathered.evidence, closed=gathered.unknown)
    except (KeyboardInterrupt, EOFError):
        say_line("Nothing was written.")
        raise KeyboardInterrupt from None
    return replace(gathered, evidence=(*talk.said, *talk.evidence), unknown=gathered.unknown | talk.not_sure)


def _nothing_said(request: Request, gathered: Gathered) -> bool:
    """Tell whether there is nothing to go by: no answers of the user's, who may say that all is unknown, and no evidence."""
    answers = request.answers is not None or bool(request.pairs)
    return not answers and all(each.origin is Origin.ENVIRONMENT for each in gathered.evidence)


def _refuse(gathered: Gathered) -> int:
    """List what could be answered, and how, and raise `RefusedError`."""
    from conc_advisor.cli.choose_missing import missing_answers  # noqa: PLC0415  # who has answered does not wait for it

    for line in missing_answers(combine(gathered.evidence).firm):
        say_line(line)
    if gathered.unseen:
        say_line(visible(_of_the_scan(gathered)))
    raise RefusedError(
        "nothing is known of the work, and there is no terminal to ask at",
        hint="give the answers that you know, as listed above; --set bottleneck=io is a start",
    )


def _consultation(answered: Answered, gathered: Gathered, request: Request) -> Consultation:
    from conc_advisor.costs.store import load_costs  # noqa: PLC0415  # after the checks

    costs = load_costs(answered.workload.python)
    recommendation = recommend(answered.workload, gathered.quantities, costs, frozenset(answered.hints))
    hints = [f"{factor.value} ({evidence.origin})" for factor, evidence in answered.hints.items()]
    hint = f"Only a hint, worth confirming with --set: {', '.join(hints)}." if hints else ""
    return Consultation(
        recommendation=recommendation,
        evidence=answered.chosen,
        contradictions=answered.contradictions,
        notes=tuple(note for note in (gathered.recorded.verdict, _of_the_scan(gathered), hint) if note),
        again=again(answered.chosen, gathered.given),
        next_commands=next_commands(recommendation, _origins(answered), request.commands, gathered.recorded.program),
    )


def _of_the_scan(gathered: Gathered) -> str:
    return f"Scanned code: {gathered.unseen[:1].lower()}{gathered.unseen[1:]}" if gathered.unseen else ""


def _origins(answered: Answered) -> frozenset[Origin]:
    return frozenset(evidence.origin for evidence in answered.chosen.values())


def _check_output(request: Request) -> None:
    """Raise `UsageError` where the result would take the place of the answers that it rests on."""
    files = [each for each in (request.answers, request.recording) if each not in {None, STDIN}]
    if request.output not in {None, "-"} and any(real(Path(str(request.output))) == real(Path(str(each))) for each in files):
        raise UsageError(f"{request.output} is read and would be overwritten", hint="give another name to -o")


def _check_save(request: Request) -> None:
    """Raise `RefusedError` for a file that is not ours to write anew, `OutputError` for one that cannot be written."""
    if request.save is None:
        return
    path = Path(request.save)
    if request.save == "-":
        raise OutputError("--save needs a file", hint="the answers stand in the result too: --format json")
    if request.output is not None and request.output != "-" and real(Path(request.output)) == real(path):
        raise UsageError("two outputs would go to the same file", hint="give each of -o and --save a file of its own")
    if not _is_as_we_wrote_it(path):
        check_free(path, option="--save", force=request.force)
    check_writable(path)


def _is_as_we_wrote_it(path: Path) -> bool:
    from conc_advisor.decision.saved_answers import is_untouched  # noqa: PLC0415  # only --save needs it

    try:
        return is_untouched(read_regular(path, MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError):
        return False


def _save(answered: Answered, gathered: Gathered, request: Request) -> None:
    if request.save is None:
        return
    from conc_advisor.decision.saved_answers import saved_text  # noqa: PLC0415  # as above

    unknown: frozenset[Factor] = gathered.unknown - frozenset(answered.chosen)
    open_outlet(Path(request.save), force=True).write([saved_text(answered.chosen, unknown, gathered.given)])
    request.voice.say(f"answers saved: {request.save}")
