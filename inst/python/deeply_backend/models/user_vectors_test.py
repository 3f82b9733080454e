import numpy as np
import pytest
from scipy import sparse

from deeply_backend.models import user_vectors as alike_users


def pairs(users=30, items=12, seed=0):
    generator = np.random.default_rng(seed)
    had = generator.random((users, items)) < 0.4
    return sparse.csr_matrix(had.astype(np.float32))


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("most", [2**22, 90])
def test_the_likest_have_the_greatest_cosines(dense, most, monkeypatch):
    monkeypatch.setattr(alike_users, "MOST_COSINES", most)
    vectors = pairs()
    whole = vectors.toarray()
    units = whole / np.maximum(np.linalg.norm(whole, axis=1), 1e-9)[:, None]
    cosines = units @ units.T
    np.fill_diagonal(cosines, -np.inf)
    asked = np.arange(29, -1, -1)
    users, found = alike_users.alike(whole if dense else vectors, asked, 4)
    wanted = -np.sort(-cosines[asked], axis=1)[:, :4]
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(
        np.take_along_axis(cosines[asked], users, axis=1), wanted, atol=1e-6
    )
    assert not (users == asked[:, None]).any()
