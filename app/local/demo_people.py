"""Who can sign in to the demo world?

Apart from the world itself, because the stack only names them and needs none of the app for that.
"""

from dataclasses import dataclass

PASSWORD = "Demo-pass1"  # noqa: S105 - everybody's, on their own laptop


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in, by email or username."""

    username: str
    role: str
    first_name: str
    last_name: str

    @property
    def email(self) -> str:
        """Where the person reads mail."""
        return f"{self.username}@example.com"


DEMO = Person("demo", "user", "Dana", "Demo")
VIEWER = Person("viewer", "viewer", "Vic", "Viewer")
ADMIN = Person("admin", "admin", "Ada", "Admin")
PEOPLE = (DEMO, VIEWER, ADMIN)
