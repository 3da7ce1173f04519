from tests.architecture import source

LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
WRITTEN_BY_HAND = ("app", "tasks", "tests", "bench")


class TestModule:
    def test_stays_short_enough_to_read(self):
        lengths = {
            source.at(path): len(path.read_text(encoding="utf-8").splitlines())
            for path in source.modules(*WRITTEN_BY_HAND)
        }

        too_long = {where: length for where, length in lengths.items() if length > LONGEST_MODULE}

        assert not too_long, (
            f"These are over {LONGEST_MODULE} lines. Split them by what they answer: "
            "a service that grew becomes a package of the same name."
        )


class TestFunction:
    def test_stays_short_enough_to_read(self):
        too_long = {
            f"{source.at(path, function)} {function.name}": source.lines_of(function)
            for path in source.modules("app", "tasks")
            for function in source.functions(path)
            if source.lines_of(function) > LONGEST_FUNCTION
        }

        assert not too_long, (
            f"These are over {LONGEST_FUNCTION} lines, and about 40 is the aim. "
            "Give a step that has a meaning of its own a function and a name."
        )
