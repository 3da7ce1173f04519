"""What follows for a plan from what a user pays: arithmetic and state machines, one file each."""
