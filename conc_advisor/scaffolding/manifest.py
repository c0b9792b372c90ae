"""Reads a `template.toml`, strictly: whatever is wrong is an error that names the file, the key and what was expected."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

from conc_advisor.concurrency import ConcurrencyModel
from conc_advisor.errors import UsageError
from conc_advisor.scaffolding.catalogue import PAGE, Kind, Template, Version

_REQUIRED: Final = ("summary", "models", "kind", "use", "avoid", "python", "tests")
_KEYS: Final = (*_REQUIRED, "packages", "test_packages", "module", "modules", "related", "names", "older")
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LOWEST: Final = re.compile(r">=3\.(\d{1,2})")
_VERSION: Final = re.compile(r"3\.(\d{1,2})")
_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[[^\]]*\])?\s*([<>=!~;(@ ].*)?")
"""The beginning of PEP 508: a name, and what may stand behind it."""
_FILE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\.py")


def read_manifest(file: Path) -> Template:
    """Return the template that a manifest describes; raises `UsageError`."""
    return _Manifest(file).template()


class _Manifest:
    """One manifest while it is read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._table = self._parsed()

    def template(self) -> Template:
        """Return what is written, checked."""
        self._check_keys()
        folder = self._file.parent.resolve()
        if not _NAME.fullmatch(folder.name):
            self._wrong("the name of its folder", "lower-case words with hyphens between them", folder.name)
        if not (folder / PAGE).is_file():
            self._wrong(PAGE, "a file beside the manifest: the page that explain shows", None)
        return Template(
            name=folder.name,
            folder=folder,
            summary=self._sentence("summary"),
            models=tuple(map(self._model, self._texts("models"))),
            kind=self._kind(),
            use=self._sentence("use"),
            avoid=self._sentence("avoid"),
            python=self._python(),
            packages=self._requirements("packages"),
            test_packages=self._requirements("test_packages"),
            modules=self._files("modules") if "modules" in self._table else self._files("module"),
            tests=self._files("tests"),
            related=self._texts("related"),
            names=self._names(),
            older=self._older(),
        )

    def _parsed(self) -> Mapping[str, object]:
        try:
            return tomllib.loads(self._file.read_text(encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"cannot read {self._file}: {error.strerror or error}", hint="check its permissions") from error
        except ValueError as error:
            # TOMLDecodeError and UnicodeDecodeError both are ValueErrors.
            raise UsageError(f"{self._file} is not valid TOML: {error}", hint="mend the file") from error

    def _check_keys(self) -> None:
        for key in self._table:
            if key not in _KEYS:
                near = difflib.get_close_matches(key, _KEYS, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
                raise UsageError(f"{key!r} in {self._file} is not a key of a template", hint=hint)
        for key in _REQUIRED:
            if key not in self._table:
                self._wrong(key, "to be there", None)
        if ("module" in self._table) == ("modules" in self._table):
            self._wrong("module", 'one of module = "file.py" and modules = ["file.py", ...]', None)

    def _wrong(self, key: str, expected: str, found: object) -> NoReturn:
        said = "" if found is None else f", not {found!r}"
        raise UsageError(f"{key} in {self._file}: expected {expected}{said}", hint="mend the manifest; the bundled templates show its form")

    def _sentence(self, key: str) -> str:
        value = self._table[key]
        if not isinstance(value, str) or not value.strip() or "\n" in value.strip():
            self._wrong(key, "a sentence on one line", value)
        return str(value).strip()

    def _texts(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self._wrong(key, "a list of texts", value)
        return tuple(map(str, value))

    def _model(self, text: str) -> ConcurrencyModel:
        if text not in tuple(ConcurrencyModel):
            self._wrong("models", f"any of {', '.join(ConcurrencyModel)}", text)
        return ConcurrencyModel(text)

    def _kind(self) -> Kind:
        value = self._table["kind"]
        if value not in tuple(Kind):
            self._wrong("kind", f"one of {', '.join(Kind)}", value)
        return Kind(str(value))

    def _python(self) -> Version:
        value = self._table["python"]
        match = _LOWEST.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self._wrong("python", 'the lowest version, like ">=3.11"', value)
        return (3, int(match[1]))

    def _requirements(self, key: str) -> tuple[str, ...]:
        texts = self._texts(key)
        for text in texts:
            if not _REQUIREMENT.fullmatch(text) or not text.isprintable():
                self._wrong(key, 'requirements as pip reads them, like "httpx>=0.27"', text)
        return texts

    def _files(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key)
        names = (value,) if isinstance(value, str) else self._texts(key)
        if not names and key != "tests":
            self._wrong(key, "the name of a Python file beside the manifest", value)
        for name in names:
            if not _FILE.fullmatch(name) or not (self._file.parent / name).is_file():
                self._wrong(key, "names of Python files beside the manifest", name)
        return tuple(names)

    def _pairs(self, key: str) -> Mapping[str, str]:
        value = self._table.get(key, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            self._wrong(key, "a table of texts", value)
        return {str(name): str(text) for name, text in value.items()}

    def _names(self) -> Mapping[str, str]:
        names = self._pairs("names")
        for name in names:
            if not name.isidentifier() or not name.isascii():
                self._wrong("names", "identifiers of the code", name)
        return names

    def _older(self) -> Mapping[Version, str]:
        older: dict[Version, str] = {}
        for version, text in self._pairs("older").items():
            match = _VERSION.fullmatch(version)
            if match is None:
                self._wrong("older", 'versions of Python like "3.9"', version)
            older[3, int(match[1])] = text
        return older
