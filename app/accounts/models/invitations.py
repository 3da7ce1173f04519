"""Which addresses were invited to sign up?"""

from datetime import datetime

from pynamodb.attributes import UnicodeAttribute, UTCDateTimeAttribute

from app.core import dynamo


class Invitation(dynamo.Model):
    """That whoever reads mail at an address may sign up where that takes an invitation.

    Attributes:
        email: as addresses are compared.
        invitation_id: stands for the address on record, where addresses don't belong.
    """

    class Meta(dynamo.Meta):
        """Table `invitations`."""

        name = "invitations"

    email = UnicodeAttribute(hash_key=True)
    invitation_id = UnicodeAttribute()
    invited_at = UTCDateTimeAttribute()

    @classmethod
    def of(cls, email: str) -> "Invitation | None":
        """The invitation of an address, as of now."""
        return dynamo.find(cls, email, consistent_read=True)

    @classmethod
    def creation(cls, *, email: str, invitation_id: str, now: datetime) -> dynamo.Write:
        """Invite an address that was not invited yet."""
        row = cls(email, invitation_id=invitation_id, invited_at=now)
        return dynamo.put(row, cls.email.does_not_exist())

    @classmethod
    def forgotten(cls, email: str) -> dynamo.Write:
        """Forget it, if there is one."""
        return dynamo.delete(cls(email))
