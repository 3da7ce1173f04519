"""What does the workspace do? Its use cases stand in the modules of this package; here is what other domains need."""

from app.workspace.service.owned_data import erase_files, erase_owned_by, export_owned_by

__all__ = ["erase_files", "erase_owned_by", "export_owned_by"]
