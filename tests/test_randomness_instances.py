"""A `random_state` that is an instance: each fit draws from it, and so does the next one."""

import numpy as np
import pytest
from randomness_cases import ESTIMATORS, X, differ, learn, y
from sklearn.base import clone

from skwbc import make_pipeline

pytestmark = pytest.mark.usefixtures("untraced")  # seeds are drawn outside of any graph


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_instance_advances_and_its_sequence_repeats(name):
    state, twin = (np.random.RandomState(0) for _ in range(2))
    first, second = learn(name, state), learn(name, state)
    assert differ(first, second)
    np.testing.assert_array_equal(learn(name, twin), first)
    np.testing.assert_array_equal(learn(name, twin), second)


def test_a_pipeline_advances_the_instance_that_its_steps_share():
    def predict(state):
        steps = clone(ESTIMATORS["augmentation"]), clone(ESTIMATORS["CNN"])
        steps = [step.set_params(random_state=state) for step in steps]
        return make_pipeline(*steps).fit(X, y).predict_proba(X)

    state, twin = (np.random.RandomState(0) for _ in range(2))
    first, second = predict(state), predict(state)
    assert differ(first, second)
    np.testing.assert_array_equal(predict(twin), first)
