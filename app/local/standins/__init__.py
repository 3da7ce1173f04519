"""Which outside systems does a laptop imitate? Each stand-in speaks the real one's wire format."""
