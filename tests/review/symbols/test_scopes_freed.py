"""Trees are freed at once when they are done with, not when Python's collector of garbage comes to them."""

import ast
import gc
import weakref

from review_builder import parsed

from conc_advisor.review.symbols.paths import Paths
from conc_advisor.review.symbols.summary import summarise, symbols_of


def test_a_dissolved_tree_is_freed_without_the_collector() -> None:
    module = parsed("class A:\n    def f(self):\n        return lambda: g() if self else 1\n\ndef g(): ...\n")
    symbols = symbols_of(module)
    summarise(module, symbols, Paths(symbols))
    node = weakref.ref(symbols.root.of(ast.ClassDef)[0])
    gc.disable()
    try:
        symbols.root.dissolve()
        del symbols, module
        assert node() is None
    finally:
        gc.enable()
