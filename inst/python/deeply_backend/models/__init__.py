"""One file a model. A model builds layers and names its loss; it never loops.

`BUILDERS` is the list the bridge looks a model up in: a new model adds a file
here and a line below.
"""

from deeply_backend.models import autoencoder
from deeply_backend.models import cnn
from deeply_backend.models import coder
from deeply_backend.models import forecaster
from deeply_backend.models import gan
from deeply_backend.models import mlp
from deeply_backend.models import towers
from deeply_backend.models import transfer

BUILDERS = {
    "autoencoder": autoencoder.build,
    "cnn": cnn.build,
    "coder": coder.build,
    "forecaster": forecaster.build,
    "gan": gan.build,
    "mlp": mlp.build,
    "towers": towers.build,
    "transfer": transfer.build,
    "tuned": transfer.tuned,
}
