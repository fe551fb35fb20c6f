"""Names of Keras' layers that begin anew with every fit."""

from collections import defaultdict
from contextlib import contextmanager

try:
    from keras.src.backend.common import global_state
except ImportError:  # another Keras may keep its counters elsewhere
    global_state = None

COUNTERS = "object_name_uids"


@contextmanager
def own_names():
    """Let Keras number layers from the beginning in the block, and go on as before behind it.

    Keras names layers by counters of the whole process, "dense_41", and TensorFlow keeps
    something for every name that a variable ever had. With the same names in each fit they are
    kept once; and neither do two fits of one seed differ in names, nor do the caller's own
    networks, of which the counters and all else are left alone.
    """
    if global_state is None:
        yield
        return
    before = global_state.get_global_attribute(COUNTERS)
    global_state.set_global_attribute(COUNTERS, defaultdict(int))
    try:
        yield
    finally:
        global_state.set_global_attribute(COUNTERS, before)
