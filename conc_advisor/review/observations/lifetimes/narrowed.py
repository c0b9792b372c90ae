"""Tells whether a method is called on what may be of another type than the one its path is of: a union, or a test with `isinstance`."""

import ast
from collections.abc import Callable, Iterable
from typing import Final

from conc_advisor.review.context import FileContext, is_none, last_name
from conc_advisor.review.symbols.paths import parsed_annotation
from conc_advisor.review.symbols.scopes import BindingKind, Scope

_TESTS: Final = frozenset({"isinstance", "issubclass", "hasattr", "callable", "iscoroutinefunction", "isawaitable", "iscoroutine"})
_UNIONS: Final = frozenset({"Union", "Optional"})
_LONGEST: Final = 200
"""How many characters of an expression are compared."""


def may_be_another(context: FileContext, scope: Scope, call: ast.Call, is_async: Callable[[str], bool]) -> bool:
    """Tell whether a call's method may be that of a type of which it is plain; `is_async` tells it of a path of a method.

    Where the function asks for the type of the object, only the branch in which it is the async one counts.
    """
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    owner = function.value
    if (known := _known_by_test(context, scope, call, owner)) is not None:
        return not all(is_async(f"{each}.{function.attr}") for each in known)
    members = [each for note in _annotations(scope, owner) for each in _members(note) if not is_none(each)]
    if len(members) <= 1:
        return False
    paths = [context.path(each, scope) for each in members]
    return not all(path and is_async(f"{path}().{function.attr}") for path in paths)


def _known_by_test(context: FileContext, scope: Scope, call: ast.Call, owner: ast.expr) -> list[str] | None:
    """Return the types that a test leaves of an object, as paths of instances: [""] where nothing is sure, None where none is asked."""
    text = context.text(owner, most=_LONGEST)
    tests = [
        each
        for each in scope.of(ast.Call)
        if last_name(each) in _TESTS and each.args and text in {context.text(part, most=_LONGEST) for part in each.args[:1]}
    ]
    if not tests and not _is_matched(context, call, text):
        return None
    for test in tests:
        parent = context.parent(test)
        if last_name(test) == "isinstance" and isinstance(parent, (ast.If, ast.IfExp)) and parent.test is test and len(test.args) > 1:
            body = parent.body if isinstance(parent.body, list) else [parent.body]
            if any(each in body for each in (call, *context.ancestors(call))):
                kinds = test.args[1].elts if isinstance(test.args[1], ast.Tuple) else [test.args[1]]
                return [f"{context.path(each, scope)}()" for each in kinds]
    return [""]


def _is_matched(context: FileContext, call: ast.Call, text: str) -> bool:
    return any(isinstance(each, ast.Match) and context.text(each.subject, most=_LONGEST) == text for each in context.ancestors(call))


def _annotations(scope: Scope, owner: ast.expr) -> Iterable[ast.expr]:
    """Return the annotations of a name, or of an attribute of the method's own class."""
    if isinstance(owner, ast.Name):
        binder = scope.binder(owner.id)
        bindings = binder.bindings.get(owner.id, []) if binder is not None else []
    elif isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id in {"self", "cls"}:
        place: Scope | None = scope
        while place is not None and place.enclosing_class is None:
            place = place.parent
        within = place.enclosing_class if place is not None else None
        bindings = [*within.bindings.get(owner.attr, ())] if within is not None else []
        for method in within.children if within is not None else ():
            bindings += [binding for target, binding in method.assigned_attributes if target.attr == owner.attr]
    else:
        return ()
    return [each.value for each in bindings if each.kind is BindingKind.ANNOTATED and isinstance(each.value, ast.expr)]


def _members(note: ast.expr) -> list[ast.expr]:
    """Return the members of a union, a type by itself for any other annotation."""
    found: list[ast.expr] = []
    waiting = [note]
    while waiting:
        each = waiting.pop()
        match each:
            case ast.Constant(value=str(text)):
                if (inner := parsed_annotation(text)) is not None:
                    waiting.append(inner)
            case ast.BinOp(op=ast.BitOr()):
                waiting += [each.right, each.left]
            case ast.Subscript() if last_name(each.value) in _UNIONS:
                waiting += each.slice.elts if isinstance(each.slice, ast.Tuple) else [each.slice]
            case ast.Subscript() if last_name(each.value) == "Annotated" and isinstance(each.slice, ast.Tuple):
                waiting.append(each.slice.elts[0])
            case _:
                found.append(each)
    return found
