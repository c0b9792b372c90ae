"""The conversation of `choose`: asks what is still open, one question at a time, and can go back.

How a question looks in a terminal is for `conc_advisor.cli.prompts`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from conc_advisor.cli.console import Voice, say_error
from conc_advisor.decision.evidence import combine, is_firm
from conc_advisor.decision.question_texts import Finder, Option, Question
from conc_advisor.decision.questions import MOST_QUESTIONS, answers_in, next_question
from conc_advisor.decision.values import written
from conc_advisor.errors import ConcAdvisorError
from conc_advisor.findings import Confidence
from conc_advisor.workload import Evidence, Factor, Origin, Value

HOW_TO_FIND_OUT: Final = {
    Finder.NONE: "",
    Finder.PROFILE: "Or measure it: conc-advisor profile app.py, then conc-advisor choose --from last",
    Finder.SCAN: "Or let the code tell: conc-advisor choose --scan .",
}


class Move(StrEnum):
    """What a person may do in place of an answer."""

    NOT_SURE = "not sure"
    SCAN = "look into the code in this folder"
    BACK = "back"


Reply = Option | Move


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One question as it is to be put: its number, the moves that are possible, and the reply to stand at first."""

    number: int
    question: Question
    moves: tuple[Move, ...]
    first: Reply | None


class Asker(Protocol):
    """Puts questions to a person."""

    def ask(self, prompt: Prompt) -> Reply:
        """Return the reply; raises `KeyboardInterrupt` or `EOFError` when the person leaves."""

    def show(self, text: str) -> None:
        """Show a line of explanation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What the conversation brought: the evidence with which it began and that was found on the way, and what the person said."""

    evidence: tuple[Evidence, ...]
    said: tuple[Evidence, ...]
    not_sure: frozenset[Factor]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    question: Question
    reply: Reply
    said: tuple[Evidence, ...] = ()


class Wizard:
    """Asks through `asker`; `scan` reads the code in the working directory, None where that is done or not to be had."""

    def __init__(self, asker: Asker, voice: Voice, scan: Callable[[], tuple[Evidence, ...]] | None) -> None:
        self._asker = asker
        self._voice = voice
        self._scan = scan
        self._before: dict[Factor, Reply] = {}

    def talk(self, evidence: Sequence[Evidence], *, closed: frozenset[Factor] = frozenset()) -> Talk:
        """Return what is known in the end; `closed` are factors that the person is known not to know.

        Raises `KeyboardInterrupt` or `EOFError` when the person leaves.
        """
        steps: list[_Step] = []
        found = list(evidence)
        while True:
            said = [each for step in steps for each in step.said]
            answered = combine([*said, *found])
            question = next_question(answered.firm, frozenset(step.question.factor for step in steps), closed=closed)
            if question is None:
                break
            reply = self._asker.ask(self._prompt(question, len(steps) + 1, answered.hints.get(question.factor)))
            if reply is Move.BACK:
                steps.pop()
            elif reply is Move.SCAN:
                found += self._scanned()
            else:
                self._before[question.factor] = reply
                known = frozenset(answered.firm.known())
                steps.append(_Step(question=question, reply=reply, said=_said(question, reply, known)))
                if reply is Move.NOT_SURE:
                    self._explain(question)
        not_sure = frozenset(step.question.factor for step in steps if step.reply is Move.NOT_SURE)
        return Talk(evidence=tuple(found), said=tuple(said), not_sure=not_sure)

    def _prompt(self, question: Question, number: int, hint: Evidence | None) -> Prompt:
        moves = [Move.NOT_SURE]
        if question.finder is Finder.SCAN and self._scan is not None:
            moves.append(Move.SCAN)
        if number > 1:
            moves.append(Move.BACK)
        first = self._before.get(question.factor)
        if first is None and hint is not None:
            self._asker.show(f"{hint.origin} hints at {written(hint.value)}: {hint.detail}")
            first = next((option for option in question.options if option.value == hint.value), None)
        return Prompt(number=number, question=question, moves=tuple(moves), first=first)

    def _scanned(self) -> tuple[Evidence, ...]:
        scan, self._scan = self._scan, None
        try:
            found = scan() if scan is not None else ()
        except ConcAdvisorError as error:
            say_error(error.message, error.hint)
            return ()
        for each in found:
            self._voice.say(f"the code says {each.factor.value} = {written(each.value)}: {each.detail}")
        if not found:
            self._voice.say("the code in this folder answers nothing")
        return found

    def _explain(self, question: Question) -> None:
        self._asker.show(f"How to find out: {question.not_sure}")
        command = HOW_TO_FIND_OUT[question.finder]
        if command and not (question.finder is Finder.SCAN and self._scan is None):
            # Code that was looked at once has no more to tell.
            self._asker.show(command)


def introduction(evidence: Sequence[Evidence]) -> list[str]:
    """Return the lines that come before the first question: what is known already, and the rules."""
    lines = [
        f"{each.factor.value} = {written(each.value)} ({each.origin}: {each.detail})"
        for each in combine(evidence).chosen.values()
        if is_firm(each) and each.origin is not Origin.ENVIRONMENT
    ]
    known = ["Known already:", *(f"  {line}" for line in lines)] if lines else []
    return [*known, f"At most {MOST_QUESTIONS} questions; 'not sure' is always an answer; Ctrl-C leaves without writing anything."]


def _said(question: Question, reply: Reply, known: frozenset[Factor]) -> tuple[Evidence, ...]:
    """Return what a reply says of what is not known yet."""
    if isinstance(reply, Move):
        return ()
    return tuple(
        Evidence(factor=factor, value=value, origin=Origin.YOU, confidence=Confidence.HIGH, detail=_words(question, reply, factor, value))
        for factor, value in answers_in(question, reply).items()
        if factor not in known
    )


def _words(question: Question, reply: Option, factor: Factor, value: Value) -> str:
    """Return the person's own words, after the question where they would say little or the contrary without it."""
    label = f'"{reply.label}"'
    return f"{question.text} {label}" if isinstance(value, bool) or factor is not question.factor else label
