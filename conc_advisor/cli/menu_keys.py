"""Which keys a menu of questionary's obeys: those that move, choose and leave.  Everything else that a terminal may send is dropped.

Left as it is, a menu takes what is typed for the text of a prompt that nobody sees: Alt-Enter hands that text in, a paste fills the
screen, Ctrl-] waits for another key.  Slow to load, so import it only where somebody is asked.
"""

import signal
import sys
from typing import TYPE_CHECKING, Any, Final

from prompt_toolkit.filters import to_filter
from questionary.prompts.common import InquirerControl

if TYPE_CHECKING:
    from prompt_toolkit.input import Input
    from questionary import Question

_CTRL_C: Final = "\x03"
_REPORTS: Final = ("<vt100-mouse-event>", "<windows-mouse-event>", "<cursor-position-response>", "<bracketed-paste>")
"""What a terminal says by itself, and a paste.  Bound here, they do not come to prompt_toolkit, which fails at a broken mouse report."""


def obey_menu_keys_only(question: "Question") -> None:
    """Let the arrows, j, k and Enter choose, Ctrl-C and Ctrl-D leave and Ctrl-Z suspend; drop all other keys."""
    layout = question.application.layout
    for window in list(layout.find_all_windows()):
        if isinstance(window.content, InquirerControl):
            # The keys for editing a line hold only while such a line has the focus.
            window.content.focusable = to_filter(True)  # noqa: FBT003  # the only way to say "always"
            window.always_hide_cursor = to_filter(True)  # noqa: FBT003  # as above
            layout.focus(window)
    _bind(question.application.key_bindings)
    if sys.platform != "win32":
        _put_ctrl_c_first(question.application.input)


def _bind(bindings: Any) -> None:  # noqa: ANN401  # questionary does not say that its bindings can be added to
    """Add the keys that leave and suspend, and those that do nothing."""

    def leave(event: Any) -> None:  # noqa: ANN401  # a KeyPressEvent
        event.app.exit(exception=EOFError)

    def interrupt(event: Any) -> None:  # noqa: ANN401  # as above
        event.app.exit(exception=KeyboardInterrupt)

    def suspend(event: Any) -> None:  # noqa: ANN401  # as above
        if hasattr(signal, "SIGTSTP"):
            event.app.suspend_to_background()

    def drop(event: Any) -> None:  # noqa: ANN401  # as above
        """Do nothing."""

    bindings.add("c-d", eager=True)(leave)
    bindings.add("<sigint>", eager=True)(interrupt)
    bindings.add("c-z", eager=True)(suspend)
    for report in _REPORTS:
        bindings.add(report, eager=True)(drop)


def _put_ctrl_c_first(terminal: "Input") -> None:
    """See to it that Ctrl-C leaves at once, also in the middle of a paste that the terminal never ends."""
    from prompt_toolkit.input.vt100 import Vt100Input  # noqa: PLC0415  # not on Windows

    if not isinstance(terminal, Vt100Input):
        return
    parser, read = terminal.vt100_parser, type(terminal.stdin_reader).read

    def read_ctrl_c_first(count: int = 1024) -> str:
        text = read(terminal.stdin_reader, count)
        if _CTRL_C not in text:
            return text
        parser.reset()
        return _CTRL_C

    terminal.stdin_reader.read = read_ctrl_c_first  # type: ignore[method-assign]  # the reader of this terminal alone
