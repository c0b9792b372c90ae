"""The templates: those that are bundled, and those of folders that the user names.

A template is a folder with a `template.toml` (see `manifest`), a `README.md`, which is its page, its modules and their tests.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.errors import UsageError

MANIFEST: Final = "template.toml"
PAGE: Final = "README.md"
_SHOWN: Final = 3
"""How many near names are worth showing."""

Version = tuple[int, int]
"""Major and minor version of Python."""


class Kind(StrEnum):
    """What a template is for; lists are grouped by it."""

    ASYNCIO = "asyncio"
    THREADS = "threads"
    PROCESSES = "processes"
    MIXED = "mixed"
    PROOF = "proof"
    """Tests and measurements: their code belongs beside the project's tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What `template.toml` says.

    `python` is the lowest version that code and test run on; `packages` and `test_packages` are requirements as pip reads them; `names`
    are the identifiers that may be renamed, each with what it is; `older` says, by version, what to take on a Python that is too old.
    """

    name: str
    folder: Path
    summary: str
    models: tuple[ConcurrencyModel, ...]
    kind: Kind
    use: str
    avoid: str
    python: Version
    packages: tuple[str, ...]
    test_packages: tuple[str, ...]
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    related: tuple[str, ...]
    names: Mapping[str, str]
    older: Mapping[Version, str]

    @property
    def page(self) -> Path:
        """The file of the page that `explain` shows."""
        return self.folder / PAGE

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all that is copied: code first, then tests."""
        return (*self.modules, *self.tests)

    def source(self, file: str) -> str:
        """Return the text of one of its files, with plain newlines; raises `UsageError` for what cannot be read or is not UTF-8."""
        path = self.folder / file
        try:
            return path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise UsageError(f"{path}: expected text in UTF-8; byte {error.start} is not", hint="mend the template") from error
        except OSError as error:
            raise UsageError(f"cannot read {path}: {error.strerror or error}", hint="check its permissions") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """All templates by name, in the order of their kinds and then of their names."""

    by_name: Mapping[str, Template]

    def find(self, name: str) -> Template:
        """Return a template; raises `UsageError` with the nearest names."""
        plain = "-".join(name.lower().replace("_", " ").replace("-", " ").split())
        if plain in self.by_name:
            return self.by_name[plain]
        near = self.near(plain)
        hint = f"did you mean {' or '.join(near)}?" if near else "conc-advisor scaffold --list shows them all"
        raise UsageError(f"there is no template {name!r}", hint=hint)

    def near(self, name: str) -> tuple[str, ...]:
        """Return the names that look most like `name` or share a word with it, best first, at most three."""
        alike = difflib.get_close_matches(name, self.by_name, n=_SHOWN)
        words = set(name.split("-"))
        sharing = [each for each in self.by_name if words & set(each.split("-"))]
        return tuple(dict.fromkeys([*alike, *sharing]))[:_SHOWN]

    def of_kind(self, kind: Kind) -> tuple[Template, ...]:
        """Return the templates of a kind."""
        return tuple(template for template in self.by_name.values() if template.kind is kind)


def bundled_folder(package: Path = Path(__file__).parents[1]) -> Path:
    """Return where the templates lie that come with conc-advisor.

    In a wheel that is inside the package; in a checkout, which an editable installation is, the folder beside it.
    """
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


def load_templates(extra: Sequence[Path] = ()) -> Templates:
    """Return the bundled templates and those of the `extra` folders: each a template itself, or full of templates.

    Raises `UsageError` for a folder without any, for a manifest or code that is wrong, and for a name that is taken.
    """
    from conc_advisor.scaffolding.template_code import check_code  # noqa: PLC0415  # it reads what is defined here

    found = _loaded(bundled_folder())
    for folder in extra:
        own = _loaded(folder)
        if not own:
            raise UsageError(
                f"{folder} holds no template: there is no {MANIFEST} in it or in a folder in it",
                hint="mend templates = [...] in [tool.conc-advisor] of pyproject.toml",
            )
        for name, template in own.items():
            if name in found:
                raise UsageError(
                    f"the template {name!r} in {template.folder} has the name of another, in {found[name].folder}",
                    hint="rename its folder: a template is called as its folder is",
                )
            # The bundled ones have tests for that.
            check_code(template)
            found[name] = template
    kinds = list(Kind)
    return Templates(by_name=dict(sorted(found.items(), key=lambda item: (kinds.index(item[1].kind), item[0]))))


def _loaded(folder: Path) -> dict[str, Template]:
    from conc_advisor.scaffolding.manifest import read_manifest  # noqa: PLC0415  # it makes what is defined here

    manifests = [folder / MANIFEST] if (folder / MANIFEST).is_file() else sorted(folder.glob(f"*/{MANIFEST}"))
    return {template.name: template for template in map(read_manifest, manifests)}
