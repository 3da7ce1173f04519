"""What does only a laptop run? The stack, the stand-ins, the demo world. Nothing imports it."""
