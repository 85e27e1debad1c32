// The hub in the agent's page: mixes what every other party of the call hears, following the matrix.
//
// A party is let in by an edge between nodes and kept out by the absence of that edge, never by a gain of zero: there is
// then nothing that could leak. Where a party hears only the agent, the raw microphone goes out (no added delay, works
// even before sound is unlocked); the mixer runs only where two voices must become one.

import { audioContext } from "./audiocontext.js";

export class Mixer {
  #sources = new Map(); // name -> {stream, node}
  #outputs = new Map(); // name -> {end, mixed: Set of names}
  #matrix = {};

  /** Names the stream under which the matrix knows a party; null takes it away. */
  setSource(name, stream) {
    const known = this.#sources.get(name);
    if (known?.stream === stream) return;
    if (known) {
      known.node?.disconnect();
      this.#sources.delete(name);
      for (const output of this.#outputs.values()) output.mixed.delete(name);
    }
    if (stream) this.#sources.set(name, { stream, node: null });
    this.apply(this.#matrix);
  }

  /** Connects every output as the matrix says. Recorder sides are outputs "recorder.left" and "recorder.right". */
  apply(matrix) {
    this.#matrix = matrix;
    for (const [name, output] of this.#outputs) this.#connect(output, this.#wanted(name));
  }

  /** The track that party `name` must be sent just now, or null for silence. */
  track(name) {
    const wanted = this.#wanted(name);
    const raw = wanted.length === 1 && wanted[0] === "agent";
    if (raw || !wanted.length) {
      if (this.#outputs.has(name)) this.#connect(this.#outputs.get(name), []);
      return raw ? this.#sources.get("agent").stream.getAudioTracks()[0] : null;
    }
    return this.#mixed(name, wanted).end.stream.getAudioTracks()[0];
  }

  /** The call in stereo as a MediaStream, customer left, what the customer hears right; it follows the matrix. */
  recording() {
    const context = audioContext();
    const merger = new ChannelMergerNode(context, { numberOfInputs: 2 });
    const end = new MediaStreamAudioDestinationNode(context, { channelCount: 2 });
    for (const [input, side] of ["recorder.left", "recorder.right"].entries()) {
      const bus = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
      bus.connect(merger, 0, input);
      this.#drop(side);
      this.#outputs.set(side, { end: bus, mixed: new Set() });
      this.#connect(this.#outputs.get(side), this.#wanted(side));
    }
    merger.connect(end);
    return end.stream;
  }

  /** Ends every edge and output. Streams stay their owners'. */
  close() {
    for (const name of [...this.#outputs.keys()]) this.#drop(name);
    for (const { node } of this.#sources.values()) node?.disconnect();
    this.#sources.clear();
    this.#matrix = {};
  }

  #wanted(name) {
    const [party, side] = name.split(".");
    const row = (side ? this.#matrix[party]?.[side] : this.#matrix[party]) ?? [];
    return row.filter((source) => this.#sources.has(source));
  }

  #mixed(name, wanted) {
    if (!this.#outputs.has(name)) {
      const end = new MediaStreamAudioDestinationNode(audioContext(), { channelCount: 1 });
      this.#outputs.set(name, { end, mixed: new Set() });
    }
    const output = this.#outputs.get(name);
    this.#connect(output, wanted);
    return output;
  }

  #connect(output, wanted) {
    for (const name of [...output.mixed]) {
      if (wanted.includes(name)) continue;
      this.#node(name).disconnect(output.end);
      output.mixed.delete(name);
    }
    for (const name of wanted) {
      if (output.mixed.has(name)) continue;
      this.#node(name).connect(output.end);
      output.mixed.add(name);
    }
  }

  #node(name) {
    const source = this.#sources.get(name);
    source.node ??= audioContext().createMediaStreamSource(source.stream);
    return source.node;
  }

  #drop(name) {
    const output = this.#outputs.get(name);
    if (!output) return;
    this.#connect(output, []);
    output.end.disconnect();
    this.#outputs.delete(name);
  }
}
