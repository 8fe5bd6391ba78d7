"""ObsCore 1.1: the columns of `ivoa.ObsCore`, and a product's row in it.

Source: IVOA Recommendation, Observation Data Model Core Components and its Implementation in the Table Access Protocol,
version 1.1, 9 May 2017, tables 1, 5 and 6 (names, UCDs, utypes, units).
"""

from __future__ import annotations

from typing import NamedTuple


class ObsCoreColumn(NamedTuple):
    """A column: its VOTable datatype, unit, UCD and utype; `mandatory` ones may still be NULL unless `not_null`."""

    name: str
    datatype: str
    unit: str | None
    ucd: str
    utype: str
    description: str
    mandatory: bool = True
    not_null: bool = False
    arraysize: str | None = None


_TEXT = "*"


def _text(
    name: str, ucd: str, utype: str, description: str, *, mandatory: bool = True, not_null: bool = False
) -> ObsCoreColumn:
    return ObsCoreColumn(name, "char", None, ucd, utype, description, mandatory, not_null, _TEXT)


def _number(name: str, unit: str | None, ucd: str, utype: str, description: str) -> ObsCoreColumn:
    return ObsCoreColumn(name, "double", unit, ucd, utype, description)


def _count(name: str, ucd: str, utype: str, description: str) -> ObsCoreColumn:
    return ObsCoreColumn(name, "long", None, ucd, utype, description)


#: Table 1 in its order.
COLUMNS: tuple[ObsCoreColumn, ...] = (
    _text("dataproduct_type", "meta.code.class", "obscore:ObsDataset.dataProductType", "Data product type"),
    ObsCoreColumn(
        "calib_level", "int", None, "meta.code;obs.calib", "obscore:ObsDataset.calibLevel",
        "Calibration level of the observation: 0, 1, 2, 3, 4", not_null=True,
    ),
    _text("obs_collection", "meta.id", "obscore:DataID.collection", "Data collection", not_null=True),
    _text("obs_id", "meta.id", "obscore:DataID.observationID", "Internal ID given by the ObsTAP service", not_null=True),
    _text("obs_publisher_did", "meta.ref.ivoid", "obscore:Curation.publisherDID", "ID for the dataset given by the publisher",
          not_null=True),
    _text("access_url", "meta.ref.url", "obscore:Access.reference", "URL used to access dataset"),
    _text("access_format", "meta.code.mime", "obscore:Access.format", "Content format of the dataset"),
    ObsCoreColumn("access_estsize", "long", "kbyte", "phys.size;meta.file", "obscore:Access.size",
                  "Estimated size of dataset"),
    _text("target_name", "meta.id;src", "obscore:Target.name", "Object of interest"),
    _number("s_ra", "deg", "pos.eq.ra", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1",
            "Central spatial position in ICRS, right ascension"),
    _number("s_dec", "deg", "pos.eq.dec", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2",
            "Central spatial position in ICRS, declination"),
    _number("s_fov", "deg", "phys.angSize;instr.fov", "obscore:Char.SpatialAxis.Coverage.Bounds.Extent.diameter",
            "Estimated size of the covered region as the diameter of a containing circle"),
    ObsCoreColumn("s_region", "char", None, "pos.outline;obs.field",
                  "obscore:Char.SpatialAxis.Coverage.Support.Area", "Sky region covered by the data product in ICRS",
                  arraysize=_TEXT),
    _number("s_resolution", "arcsec", "pos.angResolution", "obscore:Char.SpatialAxis.Resolution.Refval.value",
            "Spatial resolution of data as FWHM of PSF"),
    _count("s_xel1", "meta.number", "obscore:Char.SpatialAxis.numBins1",
           "Number of elements along the first coordinate of the spatial axis"),
    _count("s_xel2", "meta.number", "obscore:Char.SpatialAxis.numBins2",
           "Number of elements along the second coordinate of the spatial axis"),
    _number("t_min", "d", "time.start;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StartTime",
            "Start time in MJD, UTC"),
    _number("t_max", "d", "time.end;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StopTime",
            "Stop time in MJD, UTC"),
    _number("t_exptime", "s", "time.duration;obs.exposure", "obscore:Char.TimeAxis.Coverage.Support.Extent",
            "Total exposure time"),
    _number("t_resolution", "s", "time.resolution", "obscore:Char.TimeAxis.Resolution.Refval.value",
            "Temporal resolution FWHM"),
    _count("t_xel", "meta.number", "obscore:Char.TimeAxis.numBins", "Number of elements along the time axis"),
    _number("em_min", "m", "em.wl;stat.min", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit",
            "Start in spectral coordinates, vacuum wavelength"),
    _number("em_max", "m", "em.wl;stat.max", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit",
            "Stop in spectral coordinates, vacuum wavelength"),
    _number("em_res_power", None, "spect.resolution", "obscore:Char.SpectralAxis.Resolution.ResolPower.refVal",
            "Value of the resolving power along the spectral axis"),
    _count("em_xel", "meta.number", "obscore:Char.SpectralAxis.numBins",
           "Number of elements along the spectral axis"),
    _text("o_ucd", "meta.ucd", "obscore:Char.ObservableAxis.ucd", "UCD of the observable"),
    _text("pol_states", "meta.code;phys.polarization", "obscore:Char.PolarizationAxis.stateList",
          "List of polarization states present in the data file"),
    _count("pol_xel", "meta.number", "obscore:Char.PolarizationAxis.numBins",
           "Number of elements along the polarization axis"),
    _text("facility_name", "meta.id;instr.tel", "obscore:Provenance.ObsConfig.Facility.name",
          "The name of the facility, telescope, or space craft used for the observation"),
    _text("instrument_name", "meta.id;instr", "obscore:Provenance.ObsConfig.Instrument.name",
          "The name of the instrument used for the observation"),
    _text("obs_title", "meta.title;obs", "obscore:DataID.title", "Brief description of dataset in free format",
          mandatory=False),
    _text("obs_creation_date", "time;meta.dataset", "obscore:DataID.date",
          "Date when the dataset was created", mandatory=False),
    _text("obs_release_date", "time.release", "obscore:Curation.releaseDate",
          "Observation release date", mandatory=False),
    _text("data_rights", "meta.code", "obscore:Curation.rights", "Public, Secure or Proprietary", mandatory=False),
    _number("s_pixel_scale", "arcsec", "phys.angSize;instr.pixel",
            "obscore:Char.SpatialAxis.Sampling.RefVal.SamplingPeriod", "Sampling period in world coordinate units along the spatial axis")
    ._replace(mandatory=False),
)  # fmt: skip

#: What no product may lack when it is published, beyond what the archive itself knows (§4.1 to 4.4, table 1).
NEEDED = ("dataproduct_type", "calib_level")
#: What §3.3.1 takes as a product's type.
PRODUCT_TYPES = ("image", "cube", "spectrum", "sed", "timeseries", "visibility", "event", "measurements")
