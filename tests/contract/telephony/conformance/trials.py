"""One trial per capability: what it must do, in canonical words, on whatever provider."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

from centralino.domain.telephony import actions as act
from centralino.domain.telephony.capabilities import Capability
from centralino.domain.telephony.commands import (
    AnswerDetected,
    AttemptProgressed,
    CallArrived,
    CallProgressed,
    Command,
    DialEnded,
    DigitsAsked,
    InputGiven,
    LegJoined,
    MessageRecorded,
    PaymentEnded,
    PresentAsked,
    RecordingEnded,
    WaitContinued,
)
from tests.contract.telephony.conformance import bench as on
from tests.contract.telephony.conformance.bench import Bench, Caller
from tests.contract.telephony.conformance.sound import loud

Trial = Callable[[Bench], None]
TRIALS: dict[Capability, Trial] = {}
BYE = act.Say("Goodbye.", "en")
TAPE = "call.1"


def tries(capability: Capability) -> Callable[[Trial], Trial]:
    """Make a function the trial of a capability."""

    def register(trial: Trial) -> Trial:
        assert capability not in TRIALS
        TRIALS[capability] = trial
        return trial

    return register


def begins(bench: Bench, *actions: act.Action) -> None:
    """Have a call begin with these actions, and end with goodbye after any answer to them."""
    ends = InputGiven | MessageRecorded | PaymentEnded | DialEnded

    def reply(command: Command) -> tuple[act.Action, ...] | None:
        if isinstance(command, CallArrived):
            return actions
        return (BYE, act.Hangup()) if isinstance(command, ends) else None

    bench.answers(reply)


def says(bench: Bench, text: str) -> on.Heard:
    return bench.heard(lambda h: h.what == "say" and " ".join(h.text.split()) == text)


def has_joined(bench: Bench, rid: str) -> None:
    bench.told(lambda c: isinstance(c, LegJoined) and c.rid == rid)


# ------------------------------------------------------------------------ what is heard


@tries(Capability.SAY)
def _say(bench: Bench) -> None:
    begins(bench, act.Say("Buongiorno, àèìòù & <b>.", "it"), act.Pause(5))
    bench.call(Caller())
    says(bench, "Buongiorno, àèìòù & <b>.")


@tries(Capability.SPEECH_MARKUP)
def _speech_markup(bench: Bench) -> None:
    words = 'One <break time="200ms"/><emphasis level="strong">two</emphasis>.'
    begins(bench, act.Say(words, "en", ssml=True), act.Pause(5))
    bench.call(Caller())
    bench.heard(lambda h: h.what == "say" and "two" in h.text and "<" not in h.text)


@tries(Capability.NAMED_VOICES)
def _named_voices(bench: Bench) -> None:
    begins(bench, act.Say("Hello.", "en", "Joanna"), BYE, act.Pause(5))
    bench.call(Caller())
    assert says(bench, "Hello.").voice == "Joanna"
    assert says(bench, "Goodbye.").voice not in ("", "Joanna")


@tries(Capability.PLAY)
def _play(bench: Bench) -> None:
    url = "https://files.example.com/welcome.mp3"
    begins(bench, act.Play(url), act.Pause(5))
    bench.call(Caller())
    bench.heard(lambda h: (h.what, h.text) == ("play", url))


@tries(Capability.PAUSE)
def _pause(bench: Bench) -> None:
    begins(bench, act.Say("One.", "en"), act.Pause(2), act.Say("Two.", "en"), act.Hangup())
    bench.call(Caller())
    says(bench, "Two.")
    assert [h.what for h in bench.everything_heard()] == ["say", "pause", "say"]


# ------------------------------------------------------------------------ what is asked


@tries(Capability.GATHER)
def _gather(bench: Bench) -> None:
    prompt = (act.Say("Your number.", "en"),)
    begins(bench, act.Gather(prompt, on.CONTACT, "ask.0", digits=4, timeout_s=3))
    bench.call(Caller(keys="1234"))
    given = bench.told(lambda c: isinstance(c, InputGiven))
    assert isinstance(given, InputGiven)
    assert (given.contact, given.step, given.digits) == (on.CONTACT, "ask.0", "1234")


@tries(Capability.SPEECH_INPUT)
def _speech_input(bench: Bench) -> None:
    prompt = (act.Say("What for?", "en"),)
    begins(bench, act.Gather(prompt, on.CONTACT, "ask.0", speech="en", hints=("sales",)))
    bench.call(Caller(words="the sales people"))
    given = bench.told(lambda c: isinstance(c, InputGiven))
    assert isinstance(given, InputGiven)
    assert (given.digits, given.speech) == ("", "the sales people")


@tries(Capability.MESSAGE)
def _message(bench: Bench) -> None:
    begins(bench, act.Message((act.Say("Speak.", "en"),), on.CONTACT, "mail.0", 30, 2))
    bench.call(Caller(message=6))
    recorded = bench.told(lambda c: isinstance(c, MessageRecorded))
    assert isinstance(recorded, MessageRecorded)
    assert recorded.reference is not None
    assert 4 <= recorded.seconds <= 8
    says(bench, "Goodbye.")


@tries(Capability.PAY)
def _pay(bench: Bench) -> None:
    begins(bench, act.Pay(on.CONTACT, "pay.0", "12.50", "eur", "Order 7", "it"))
    bench.call(Caller(pays=True))
    paid = bench.told(lambda c: isinstance(c, PaymentEnded))
    assert isinstance(paid, PaymentEnded)
    assert (paid.step, paid.result) == ("pay.0", "paid")
    assert paid.reference


# ------------------------------------------------------------------------ where a call goes


@tries(Capability.QUEUE)
def _queue(bench: Bench) -> None:
    bench.call(Caller())
    bench.told(lambda c: isinstance(c, WaitContinued))
    says(bench, "One moment.")
    assert bench.media.alive(bench.contact)


@tries(Capability.BRIDGE)
def _bridge(bench: Bench) -> None:
    bench.talk()
    assert bench.hears(on.CALLER, on.TALKER)
    assert bench.hears(on.TALKER, on.CALLER)


@tries(Capability.HANGUP)
def _hangup(bench: Bench) -> None:
    begins(bench, BYE, act.Hangup())
    bench.call(Caller())
    bench.gone(on.CALLER)
    ended = bench.told(lambda c: isinstance(c, CallProgressed) and c.ended)
    assert isinstance(ended, CallProgressed)
    assert ended.call == bench.contact.call


@tries(Capability.DIAL)
def _dial(bench: Bench) -> None:
    bench.phone(on.OUTSIDE)
    begins(bench, act.Dial(on.OUTSIDE, on.CONTACT, "out.0", on.LINE, 20))
    bench.call(Caller())
    bench.met(on.CALLER, on.NUMBER)
    bench.hang_up(on.NUMBER)
    ended = bench.told(lambda c: isinstance(c, DialEnded))
    assert isinstance(ended, DialEnded)
    assert (ended.step, ended.outcome) == ("out.0", "answered")
    says(bench, "Goodbye.")


@tries(Capability.HOLD)
def _hold(bench: Bench) -> None:
    bench.talk()
    bench.media.hold(bench.contact)
    assert not bench.hears(on.CALLER, on.TALKER)
    assert not bench.hears(on.TALKER, on.CALLER)


@tries(Capability.RESUME)
def _resume(bench: Bench) -> None:
    _hold(bench)
    bench.media.resume(bench.contact)
    assert bench.hears(on.CALLER, on.TALKER)
    assert bench.hears(on.TALKER, on.CALLER)


@tries(Capability.MUTE)
def _mute(bench: Bench) -> None:
    bench.talk()
    bench.media.mute_agent(bench.contact, on.RID)
    bench.media.mute_agent(bench.contact, on.RID)
    assert not bench.hears(on.CALLER, on.TALKER)
    assert bench.hears(on.TALKER, on.CALLER)
    bench.media.hold(bench.contact)
    bench.media.resume(bench.contact)
    assert not bench.hears(on.CALLER, on.TALKER)
    bench.media.unmute_agent(bench.contact, on.RID)
    assert bench.hears(on.CALLER, on.TALKER)
    assert bench.hears(on.TALKER, on.CALLER)


@tries(Capability.SEND_DIGITS)
def _send_digits(bench: Bench) -> None:
    bench.answers(
        lambda c: (
            (act.SendDigits("1w23*#"),)
            if isinstance(c, DigitsAsked) and c.name == "pressing-1"
            else None
        )
    )
    bench.talk()
    bench.media.send_digits(bench.contact, None, "pressing-1")
    bench.heard(lambda h: (h.what, h.text) == ("keys", "1w23*#"))
    assert bench.hears(on.CALLER, on.TALKER)
    assert bench.hears(on.TALKER, on.CALLER)


@tries(Capability.OUTSIDE)
def _outside(bench: Bench) -> None:
    bench.phone(on.OUTSIDE)
    bench.talk()
    bench.media.add_number(bench.child(), on.PARTY, on.OUTSIDE)
    has_joined(bench, on.PARTY)
    assert bench.hears(on.NUMBER, on.CALLER)
    assert bench.hears(on.CALLER, on.NUMBER)


@tries(Capability.CONSULT)
def _consult(bench: Bench) -> None:
    bench.sign_in(on.COLLEAGUE)
    bench.talk()
    bench.media.hold(bench.contact)
    bench.media.add_agent(bench.child(), on.PARTY, on.COLLEAGUE)
    has_joined(bench, on.PARTY)
    assert bench.hears(on.TALKER, on.THIRD)
    assert bench.hears(on.THIRD, on.TALKER)
    assert not bench.hears(on.CALLER, on.THIRD)
    assert not bench.hears(on.THIRD, on.CALLER)


@tries(Capability.MERGE)
def _merge(bench: Bench) -> None:
    _consult(bench)
    bench.media.resume(bench.contact)
    for one, other in permutations((on.CALLER, on.TALKER, on.THIRD), 2):
        assert bench.hears(one, other)


@tries(Capability.TRANSFER)
def _transfer(bench: Bench) -> None:
    _merge(bench)
    bench.media.drop_agent(bench.contact, on.RID)
    bench.gone(on.TALKER)
    assert bench.hears(on.CALLER, on.THIRD)
    assert bench.hears(on.THIRD, on.CALLER)


# ------------------------------------------------------------------------ supervision


def _supervised(bench: Bench, mode: str, caller: bool, agent: bool) -> None:
    bench.sign_in(on.SUPERVISOR)
    bench.talk()
    bench.supervision.listen(bench.contact, on.LISTENER, on.SUPERVISOR, mode, on.RID)
    has_joined(bench, on.LISTENER)
    assert bench.hears(on.BOSS, on.CALLER)
    assert bench.hears(on.BOSS, on.TALKER)
    assert bench.hears(on.CALLER, on.BOSS) is caller
    assert bench.hears(on.TALKER, on.BOSS) is agent
    bench.supervision.leave(bench.contact, on.LISTENER)
    bench.gone(on.BOSS)
    assert bench.hears(on.CALLER, on.TALKER)


@tries(Capability.MONITOR)
def _monitor(bench: Bench) -> None:
    _supervised(bench, "monitor", caller=False, agent=False)


@tries(Capability.COACH)
def _coach(bench: Bench) -> None:
    _supervised(bench, "coach", caller=False, agent=True)


@tries(Capability.BARGE)
def _barge(bench: Bench) -> None:
    _supervised(bench, "barge", caller=True, agent=True)


# ------------------------------------------------------------------------ recording


def _tape(bench: Bench) -> list[bool]:
    bench.recorder.stop(bench.contact, TAPE)
    ended = bench.told(lambda c: isinstance(c, RecordingEnded))
    assert isinstance(ended, RecordingEnded)
    assert (ended.contact, ended.name) == (on.CONTACT, TAPE)
    assert ended.reference is not None
    parts = loud(b"".join(bench.recorder.fetch(ended.reference)))
    bench.recorder.erase(ended.reference)
    return parts


@tries(Capability.RECORD)
def _record(bench: Bench) -> None:
    bench.talk()
    bench.recorder.start(bench.contact, TAPE)
    bench.pause(3)
    assert all(_tape(bench))


@tries(Capability.PAUSE_RECORDING)
def _pause_recording(bench: Bench) -> None:
    bench.talk()
    bench.recorder.start(bench.contact, TAPE)
    bench.pause(3)
    bench.recorder.pause(bench.contact, TAPE)
    bench.pause(12)
    parts = _tape(bench)
    assert parts[0]
    assert not parts[-1]


@tries(Capability.RESUME_RECORDING)
def _resume_recording(bench: Bench) -> None:
    bench.talk()
    bench.recorder.start(bench.contact, TAPE)
    bench.recorder.pause(bench.contact, TAPE)
    bench.pause(12)
    bench.recorder.resume(bench.contact, TAPE)
    bench.pause(6)
    parts = _tape(bench)
    assert not all(parts)
    assert parts[-1]


# ------------------------------------------------------------------------ calling out


def _rung(bench: Bench, *, machine: bool, detect: bool) -> None:
    bench.phone(on.CUSTOMER, machine=machine)
    bench.written(on.ATTEMPT, on.CUSTOMER)
    bench.answers(lambda c: (BYE, act.Pause(30)) if isinstance(c, PresentAsked) else None)
    bench.dialler.ring(bench.contact, on.ATTEMPT, on.CUSTOMER, on.LINE, detect=detect)


@tries(Capability.RING)
def _ring(bench: Bench) -> None:
    _rung(bench, machine=False, detect=False)
    answered = bench.told(lambda c: isinstance(c, AttemptProgressed) and c.outcome == "answered")
    assert isinstance(answered, AttemptProgressed)
    assert answered.attempt == on.ATTEMPT
    assert bench.dialler.found(bench.contact, on.ATTEMPT) == answered.call
    asked = bench.told(lambda c: isinstance(c, PresentAsked))
    assert isinstance(asked, PresentAsked)
    assert (asked.attempt, asked.call) == (on.ATTEMPT, answered.call)
    says(bench, "Goodbye.")


@tries(Capability.DETECT_MACHINE)
def _detect_machine(bench: Bench) -> None:
    _rung(bench, machine=True, detect=True)
    detected = bench.told(lambda c: isinstance(c, AnswerDetected))
    assert isinstance(detected, AnswerDetected)
    assert (detected.attempt, detected.answered_by) == (on.ATTEMPT, "machine")


@tries(Capability.BROWSER_LEG)
def _browser_leg(bench: Bench) -> None:
    bench.sign_in(on.COLLEAGUE)
    bench.talk()
    bench.media.add_agent(bench.child(), on.PARTY, on.COLLEAGUE)
    has_joined(bench, on.PARTY)
    assert bench.hears(on.THIRD, on.CALLER)
