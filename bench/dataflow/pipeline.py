"""The same rows by Beam's Python SDK on its own direct runner, into a file of JSON lines.

    pipeline.py QUOTES.jsonl ROWS.jsonl
"""

import datetime
import json
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.transforms.window import SlidingWindows, TimestampedValue

RESOLUTIONS = [1, 5, 15]


def read_quote(line):
  quote = json.loads(line)
  time = datetime.datetime.fromisoformat(quote['event_time'].replace('Z', '+00:00'))
  quote['event_time'] = round(time.timestamp() * 1_000_000)
  return TimestampedValue(quote, quote['event_time'] / 1_000_000)


class MakeRow(beam.DoFn):

  def __init__(self, resolution_minutes):
    self.resolution_minutes = resolution_minutes

  def process(self, quote, window=beam.DoFn.WindowParam):
    yield {
        'symbol': quote['symbol'],
        'latest_price': quote['latest_price'],
        'window_end': window.end.micros,
        'event_time': quote['event_time'],
        'resolution_minutes': self.resolution_minutes,
    }


class WriteRow(beam.DoFn):

  def __init__(self, file):
    self.file = file

  def start_bundle(self):
    self.rows = []

  def process(self, row):
    self.rows.append(json.dumps(row))

  def finish_bundle(self):
    if self.rows:
      with open(self.file, 'a', encoding='utf-8') as file:
        file.write('\n'.join(self.rows) + '\n')


def main(quotes, rows):
  with beam.Pipeline(options=PipelineOptions([], runner='DirectRunner')) as pipeline:
    read = pipeline | beam.io.ReadFromText(quotes) | beam.Map(read_quote)
    for minutes in RESOLUTIONS:
      _ = (
          read
          | f'{minutes} min windows' >> beam.WindowInto(SlidingWindows(60 * minutes, 10, 5))
          | f'{minutes} min rows' >> beam.ParDo(MakeRow(minutes))
          | f'{minutes} min write' >> beam.ParDo(WriteRow(rows)))


if __name__ == '__main__':
  main(*sys.argv[1:])
