"""The sample: two invented cases with files made at run time, for the demonstration and for journeys in tests."""

from app.sample.making import make
from app.sample.story import IBAN, PHONE, Sample, SampleCase, SampleExhibit, SamplePerson

__all__ = ["IBAN", "PHONE", "Sample", "SampleCase", "SampleExhibit", "SamplePerson", "make"]
