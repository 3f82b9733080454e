"""Maps of learned vectors."""

import numpy as np
from sklearn.manifold import TSNE

# Up to here all distances are soon computed; trees and threads take longer.
EXACT_POINTS = 1000


def tsne(vectors, seed):
    """A map that keeps neighbours together; distances further off say little.

    van der Maaten & Hinton (2008), Visualizing Data using t-SNE. JMLR 9.

    Args:
        vectors: `(points, length)`, at least four points.
        seed: An integer.

    Returns:
        `(points, 2)`, float64.
    """
    # The usual 30 neighbours, or a third of the points where they are few.
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    model = TSNE(
        perplexity=perplexity,
        init="pca",
        random_state=int(seed),
        method="exact" if len(vectors) <= EXACT_POINTS else "barnes_hut",
    )
    return model.fit_transform(np.asarray(vectors)).astype("float64")
