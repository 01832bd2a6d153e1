"""Acts that do nothing when they arrive late, from a process that was overtaken."""

from model.step import Verb

SWAPS = frozenset({Verb.TAKE_EPOCH, Verb.MOVE_NAMES, Verb.MOVE_LOG_NAME, Verb.STEADY})  # a late one fails: it compares
PROOFS = frozenset(
    {
        Verb.DRAIN,
        Verb.AGREE,
        Verb.RESOLVE,
        Verb.SERVE,
        Verb.CATCH_UP,
        Verb.SEE_ROWS,
        Verb.SEE_COPIES,
        Verb.STREAM,
        Verb.TRY_WALLS,
        Verb.VERIFY,
    }
)
LOOKS = PROOFS | {Verb.CUT_OFF, Verb.WAIVE, Verb.RECONNECT, Verb.FLUSH}  # a late one does no more
