"""Time goes forward, whoever is due first goes first, and a process never does two things in one moment."""

from afterchat.simulator.centre.agenda import Agenda


def diary(agenda, name, moments, said):
    for moment in moments:
        yield moment
        said.append((agenda.now, name))


def run(agenda):
    while agenda.waiting_count:
        before = agenda.now
        agenda.step()
        assert agenda.now >= before


def test_who_is_due_first_goes_first():
    agenda, said = Agenda(100), []
    agenda.begin(diary(agenda, "a", [130, 150], said), 0)
    agenda.begin(diary(agenda, "b", [120, 140], said), 110)

    run(agenda)

    assert [(120, "b"), (130, "a"), (140, "b"), (150, "a")] == said


def test_a_wish_for_the_past_is_a_millisecond_later():
    agenda, said = Agenda(100), []
    agenda.begin(diary(agenda, "a", [100, 50, 101], said), 100)

    run(agenda)

    assert [(101, "a"), (102, "a"), (103, "a")] == said


def test_whoever_is_woken_goes_on_at_once_and_only_once():
    agenda, said = Agenda(100), []

    def sleeper():
        waiting.append(agenda.running)
        yield 900
        said.append(agenda.now)
        yield 950
        said.append(agenda.now)

    def waker():
        yield 200
        agenda.wake(waiting[0])

    waiting = []
    agenda.begin(sleeper(), 100)
    agenda.begin(waker(), 100)
    while agenda.now < 950:
        agenda.step()

    assert [201, 950] == said


def test_of_two_at_the_same_moment_the_earlier_appointment_goes_first():
    agenda, said = Agenda(100), []
    agenda.begin(diary(agenda, "a", [200], said), 100)
    agenda.begin(diary(agenda, "b", [200], said), 100)

    run(agenda)

    assert ["a", "b"] == [name for _, name in said]
