"""How does InvestForge get onto AWS? `python -m deploy <step>`; the Makefile names the steps.

The infrastructure is generated from the models, the functions are packed by us and deployed by Zappa. The product
never imports this package, and no zip holds it (docs/adr/0010).
"""
