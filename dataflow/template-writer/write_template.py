"""Writes classic Dataflow templates from pipelines' protos, with Beam's own Dataflow runner.

    write_template.py FOLDER NAME...

Reads NAME.pb, a pipeline, and NAME.json, its options. Calls no Google Cloud API: FOLDER receives all files that would be
uploaded.
"""

import json
import os
import shutil
import sys

from apache_beam.options import pipeline_options
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.dataflow import dataflow_runner
from apache_beam.runners.dataflow.internal import apiclient
from apache_beam.runners.internal import names


def stage_in(folder):
  """Makes the runner write the files that it would upload into a folder: gs://BUCKET/OBJECT as BUCKET/OBJECT."""

  def stage_file(_, location, name, source, *_args, **_kwargs):
    target = os.path.join(folder, location.removeprefix('gs://'), name)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if isinstance(source, str):
      shutil.copyfile(source, target)
    else:
      with open(target, 'wb') as file:
        shutil.copyfileobj(source, file)

  apiclient.DataflowApplicationClient.stage_file_with_retry = stage_file


class Job(apiclient.Job):
  """A job that stages files exactly in the folders of the options, so that the same pipeline makes the same template."""

  def __init__(self, options, *args):
    cloud = options.view_as(pipeline_options.GoogleCloudOptions)
    folders = cloud.staging_location, cloud.temp_location
    super().__init__(options, *args)
    # The runner has appended the job's name and the time to both.
    self.google_cloud_options.staging_location, self.google_cloud_options.temp_location = folders


def write_template(name):
  with open(f'{name}.json', encoding='utf-8') as file:
    options = json.load(file)
  with open(f'{name}.pb', 'rb') as file:
    pipeline = beam_runner_api_pb2.Pipeline.FromString(file.read())

  # A running job reads its pipeline again for each worker that starts: no other pipeline may have its name.
  names.STAGED_PIPELINE_FILENAME = options.pop('pipeline_name')
  # Without the empty list of flags, the options would parse this script's arguments.
  dataflow_runner.DataflowRunner().run_pipeline(
      None, pipeline_options.PipelineOptions([], **options), pipeline)


def main(folder, *pipelines):
  apiclient.Job = Job
  stage_in(folder)
  for name in pipelines:
    write_template(name)


if __name__ == '__main__':
  main(*sys.argv[1:])
