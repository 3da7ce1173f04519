"""What is stored of a workspace: projects, their sessions and files, and what was said in a session."""

from app.workspace.models.files import File
from app.workspace.models.messages import Message
from app.workspace.models.projects import Project
from app.workspace.models.removals import Removal
from app.workspace.models.sessions import Session

__all__ = ["File", "Message", "Project", "Removal", "Session"]
