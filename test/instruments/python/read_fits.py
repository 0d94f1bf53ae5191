"""Reads FITS files with astropy, another implementation, and tells what it finds as a line of JSON each."""

import hashlib
import json
import sys
import warnings

import numpy
from astropy.io import fits
from astropy.wcs import WCS

# Whatever astropy would only warn of, such as a wrong checksum, is an error here.
warnings.simplefilter("error")
warnings.simplefilter("ignore", ResourceWarning)
# It adds the same time in another form, and says so.
warnings.filterwarnings("ignore", message="'datfix' made the change 'Set MJD-")


def described(path, pixels):
    with fits.open(path, checksum=True) as hdus:
        hdus.verify("exception")
        hdu = hdus[0]
        data = hdu.data
        found = {
            "hdus": len(hdus),
            "dtype": str(data.dtype),
            "shape": list(data.shape),
            "sha256": hashlib.sha256(data.astype(">u2").tobytes()).hexdigest(),
            "cards": {key: plain(value) for key, value in hdu.header.items() if key},
            "checksum_ok": bool(hdu.verify_checksum() == 1 and hdu.verify_datasum() == 1),
        }
        if "CTYPE1" in hdu.header:
            wcs = WCS(hdu.header)
            found["world"] = [numpy.ravel(wcs.all_pix2world(x, y, 1)).tolist() for x, y in pixels]
        return found


def plain(value):
    return value if isinstance(value, (bool, int, float, str)) else str(value)


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = described(request["path"], request["pixels"])
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
