import numpy as np

from deeply_backend.data import interactions


def test_values_of_a_pair_are_added():
    x = interactions.matrix([0, 1, 0], [2, 0, 2], [1.5, 2, 3], (2, 4))
    np.testing.assert_array_equal(x.toarray(), [[0, 0, 4.5, 0], [2, 0, 0, 0]])
    assert x.dtype == np.float32
    ones = interactions.binary(x)
    np.testing.assert_array_equal(ones.toarray(), x.toarray() > 0)
    assert x.toarray().max() == 4.5


def test_without_values_pairs_are_counted():
    x = interactions.matrix([0, 0], [1, 1], None, (1, 2))
    np.testing.assert_array_equal(x.toarray(), [[0, 2]])
