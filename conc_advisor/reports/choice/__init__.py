"""The reports of `choose`: a consultation, or the tree of all of them, as text, JSON, Markdown or a diagram.

Nothing here may import rich or msgspec: `choose` with all answers given is to be as fast as `--help`.
"""
