"""Work that is asked of a worker, by the name of its task."""
