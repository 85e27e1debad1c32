// Who hears whom in a call: a pure function, and the one place where that is decided. A leak here is a privacy fault
// (the customer hearing a whisper), so the table test tries every state there is.
//
// Rules: a held customer hears nobody, is heard by nobody and is not recorded (its page plays music by itself).
// A private consult holds the customer. A muted agent is muted towards everyone. A supervisor's voice goes to the agent
// when whispering, to agent and customer in barge, to nobody when listening.
// A listener (somebody in training) hears what a recording would hold and is no source at all: there is no voice of theirs
// that could be let in anywhere.

/**
 * Sources that each party hears, by name: {agent, customer, consultee, supervisor, listener, recorder: {left, right}}.
 *
 * state: {held, muted, consult: null | "private" | "conference", monitor: null | "listen" | "whisper" | "barge",
 *         recording, recordingPaused, listened, listenerPaused}. The recorder keeps the customer on the left and what the
 * customer hears on the right. `listened`: somebody listens; `listenerPaused`: for card data, whether or not it is recorded.
 * An unknown consult or monitor opens nothing beyond the plain call.
 */
export function matrix({ held, muted, consult, monitor, recording, recordingPaused, listened, listenerPaused }) {
  const onHold = Boolean(held) || consult === "private";
  const consulting = consult === "private" || consult === "conference";
  const conference = consult === "conference";
  const monitored = monitor === "listen" || monitor === "whisper" || monitor === "barge";
  const coaching = monitor === "whisper" || monitor === "barge";

  const agentVoice = only(!muted, "agent");
  const customerVoice = only(!onHold, "customer");
  const customer = onHold
    ? []
    : [...agentVoice, ...only(conference, "consultee"), ...only(monitor === "barge", "supervisor")];
  const recorded = Boolean(recording) && !recordingPaused;
  return {
    agent: [...customerVoice, ...only(consulting, "consultee"), ...only(coaching, "supervisor")],
    customer,
    consultee: consulting ? [...agentVoice, ...(conference ? customerVoice : [])] : [],
    listener: listened && !recordingPaused && !listenerPaused ? [...customerVoice, ...customer] : [],
    supervisor: monitored ? [...agentVoice, ...customerVoice] : [],
    recorder: { left: recorded ? customerVoice : [], right: recorded ? customer : [] },
  };
}

function only(condition, name) {
  return condition ? [name] : [];
}
