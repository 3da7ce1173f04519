"""How does a picture that is described become one that every mail program shows?

`core.charts` describes pictures as SVG, which mail programs leave out. A worker turns them into PNG.
"""
