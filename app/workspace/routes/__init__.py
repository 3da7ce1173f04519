"""Where does somebody keep data and ask about it?"""

from app.workspace.routes.files import blp as of_files
from app.workspace.routes.messages import blp as of_messages
from app.workspace.routes.projects import blp as of_projects
from app.workspace.routes.sessions import blp as of_sessions

BLUEPRINTS = (of_projects, of_files, of_sessions, of_messages)

__all__ = ["BLUEPRINTS"]
