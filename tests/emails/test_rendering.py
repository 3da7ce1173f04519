import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from app.config import Settings
from app.emails import rules, service
from app.emails.models import Email
from app.emails.service import rendering
from app.emails.service.samples import SAMPLES
from tests.conftest import NOON

SETTINGS = Settings.from_env({"ENV": "local"})
HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}'


def message(template="notification", settings=SETTINGS, **changes):
    context = {**SAMPLES[template], **changes}
    row = Email("e1", template=template, to="ada@example.com", context=context, created_at=NOON)
    return rendering.message(email=row, pictures={}, settings=settings)


class Tags(HTMLParser):
    """Collects what a page loads, and whether its elements carry their own style."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.urls, self.styled, self.pictures = [], [], 0, {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.styled += any(name == "style" for name, _ in attrs)
        if tag == "img":
            self.pictures[dict(attrs)["src"]] = dict(attrs)["alt"]
        self.urls += [value for name, value in attrs if name in {"src", "href", "background"}]


class TestEveryTemplate:
    @pytest.fixture(params=service.templates())
    def name(self, request):
        return request.param

    @pytest.fixture
    def shown(self, name):
        return service.preview(template=name, settings=SETTINGS)

    def test_has_an_example(self, name):
        rules.checked_context(name, frozenset(SAMPLES[name]))

    def test_has_a_subject_of_one_line(self, shown):
        assert shown.subject
        assert shown.subject.isprintable()

    def test_carries_its_style_in_its_elements(self, shown):
        assert Tags(shown.html).styled > 15
        assert "{{" not in shown.html + shown.text + shown.subject

    def test_keeps_what_dark_mode_and_phones_need(self, shown):
        assert '<meta name="color-scheme" content="light dark">' in shown.html
        assert "@media (prefers-color-scheme: dark)" in shown.html
        assert "max-width: 480px" in shown.html

    def test_colours_everything_in_dark_mode_that_it_colours_in_light(self, shown):
        kept = shown.html.partition("<style")[2].partition("</style>")[0]
        dark = set(re.findall(r"\.([\w-]+)", kept.partition("prefers-color-scheme: dark")[2]))
        coloured = {
            each
            for names, style in re.findall(r'class="([^"]+)"[^>]*style="([^"]+)"', shown.html)
            for each in names.split()
            if re.search(r"(?<![\w-])color:", style)
        }

        assert coloured - dark <= {"brand", "button", "preheader"}  # the same in both

    def test_loads_nothing_but_the_pictures_it_brings_along(self, name, shown):
        found = Tags(shown.html)
        pictures = {f"cid:{picture}" for picture in rules.TEMPLATES[name].pictures}

        assert not {"script", "link", "iframe"} & set(found.tags)
        assert set(found.pictures) == pictures
        assert all(
            url.startswith(("http://localhost:3000", "http://127.0.0.1"))
            for url in set(found.urls) - pictures
        )

    def test_says_the_same_as_text(self, name, shown):
        assert "<" not in shown.text
        assert shown.text.startswith("InvestForge\n")
        for value in SAMPLES[name].values():
            if isinstance(value, str) and "_" not in value:
                assert value.partition("\n")[0] in shown.text + shown.subject

    def test_offers_to_unsubscribe_only_where_it_need_not_be_told(self, name, shown):
        optional = rules.TEMPLATES[name].category is not None

        assert ("/emails/unsubscribe?token=" in shown.html) is optional
        assert ("/emails/unsubscribe?token=" in shown.text) is optional
        assert ("List-Unsubscribe" in message(name).headers) is optional


class TestEscape:
    def test_shows_markup_as_it_is(self):
        found = message(subject="<b>Hi</b>", message=HOSTILE)

        assert "<script>" not in found.html
        assert "&lt;script&gt;" in found.html
        assert "&lt;b&gt;Hi&lt;/b&gt;" in found.html
        assert HOSTILE in found.text

    def test_runs_no_template_that_a_user_wrote(self):
        found = message(subject="{{ 7 * 7 }}{% raw %}", message="{{ app_url }}")

        assert "49" not in found.subject
        assert found.subject == "{{ 7 * 7 }}{% raw %}"
        assert "{{ app_url }}" in found.html

    def test_keeps_a_subject_to_one_line(self):
        found = message(subject="Hi\r\nBcc: all@example.com\r\n\r\n<html>")

        assert found.subject == "Hi Bcc: all@example.com <html>"

    def test_keeps_a_username_out_of_the_headers(self):
        found = message("new_signup", username="ada\r\nBcc: all@example.com")

        assert found.subject == "New signup awaits approval: ada Bcc: all@example.com"

    @pytest.mark.parametrize("template", ["welcome", "verify_email", "reset_password", "approved"])
    def test_lets_no_name_carry_a_link(self, template):
        found = message(template, name="Win at evil.example/now")

        assert "evil" not in found.html + found.text

    def test_keeps_paragraphs_and_lines(self):
        html = message(message="one\r\ntwo\n\nthree").html

        assert re.search(r">one<br>two</p>\s*<p[^>]*>three</p>", html)


class TestLabel:
    def test_names_another_kind_than_a_notification(self):
        assert "Price alert</p>" in message(type="price_alert").html
        assert 'class="label"' not in message(type="notification").html


class TestSecurityAlert:
    def test_says_what_when_and_from_where(self):
        found = message("security_alert", what="new_sign_in")

        assert found.subject == "Security alert: New sign-in to your account"
        for fact in ("20 November 2026 at 12:00 UTC", "203.0.113.7"):
            assert fact in found.html
            assert fact in found.text

    def test_needs_no_more_than_what(self):
        row = Email(
            "e1",
            template="security_alert",
            to="ada@example.com",
            context={"what": "Your phone number was changed", "at": "2026-11-20T13:00:00+01:00"},
            created_at=NOON,
        )

        found = rendering.message(email=row, pictures={}, settings=SETTINGS)

        assert found.subject == "Security alert: Your phone number was changed"
        assert "Hello there" in found.text
        assert "20 November 2026 at 12:00 UTC" in found.text
        assert "IP address" not in found.text

    def test_refuses_a_moment_that_is_none(self):
        with pytest.raises(rendering.Unrenderable):
            message("security_alert", at="yesterday")


class TestPictures:
    def shown(self, pictures):
        row = Email(
            "e1",
            template="weekly_digest",
            to="ada@example.com",
            context={**SAMPLES["weekly_digest"], "last_day": 'the "end" <now>'},
            created_at=NOON,
        )
        return rendering.message(email=row, pictures=pictures, settings=SETTINGS)

    def test_are_shown_with_their_words(self):
        found = self.shown({"performance": b"png"})

        assert found.pictures == {"performance": b"png"}
        ((picture, words),) = Tags(found.html).pictures.items()
        assert picture == "cid:performance"
        assert words.endswith('on the "end" <now>.')
        assert "cid:" not in found.text

    def test_are_left_out_where_they_were_not_drawn(self):
        found = self.shown({})

        assert found.pictures == {}
        assert "<img" not in found.html
        assert "Worth now" in found.html


class TestUnsubscribeHeaders:
    def test_let_a_mail_program_do_it_by_one_click(self):
        settings = replace(SETTINGS, stage="prod", api_url="https://api.example.com")

        headers = message(settings=settings).headers

        assert re.fullmatch(
            r"<https://api\.example\.com/emails/unsubscribe\?token=[\w.-]+>",
            headers["List-Unsubscribe"],
        )
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_fall_back_to_a_letter_where_the_api_has_no_address(self):
        settings = replace(SETTINGS, stage="prod", api_url=None)

        found = message(settings=settings)

        address = settings.mail_sender_email
        assert found.headers["List-Unsubscribe"] == f"<mailto:{address}?subject=unsubscribe>"
        assert "List-Unsubscribe-Post" not in found.headers
        assert address in found.html
        assert address in found.text

    def test_tell_machines_not_to_answer(self):
        assert message("welcome").headers == {"Auto-Submitted": "auto-generated"}
