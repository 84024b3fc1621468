-- To let Dataflow write the windows: keeps the messages that did not become
-- quotes. One that was rejected while both engines ran may be listed by both. To
-- run it again changes nothing.
INSERT INTO iex.dead_letter (payload, reason, stage, dead_letter_time)
SELECT made.payload, made.reason, made.stage, made.dead_letter_time
FROM iex.dead_letter_of_ticks AS made
LEFT JOIN iex.dead_letter AS present
  ON present.payload = made.payload
    AND present.dead_letter_time = made.dead_letter_time
WHERE present.payload IS NULL
