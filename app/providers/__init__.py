"""Every outside system, each behind an interface of ours. `registry` is the only chooser."""
