#!/usr/bin/env node
/** The program of a worker: the SDK's, whose patches are loaded before it. */
import './worker';
import 'apache-beam/worker/worker_main';
