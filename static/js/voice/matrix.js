// Who hears whom in a call: a pure function, and the one place where that is decided. A leak here is a privacy fault
// (the customer hearing a whisper), so the table test tries every state there is.
//
// Rules: a held customer hears nobody, is heard by nobody and is not recorded (its page plays music by itself).
// A private consult holds the customer. A muted agent is muted towards everyone. A supervisor's voice goes to the agent
// when whispering, to agent and customer in barge, to nobody when listening.

/**
 * Sources that each party hears, by name: {agent, customer, consultee, supervisor, recorder: {left, right}}.
 *
 * state: {held, muted, consult: null | "private" | "conference", monitor: null | "listen" | "whisper" | "barge",
 *         recording, recordingPaused}. The recorder keeps the customer on the left and what the customer hears on the right.
 * An unknown consult or monitor opens nothing beyond the plain call.
 */
export function matrix({ held, muted, consult, monitor, recording, recordingPaused }) {
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
    supervisor: monitored ? [...agentVoice, ...customerVoice] : [],
    recorder: { left: recorded ? customerVoice : [], right: recorded ? customer : [] },
  };
}

function only(condition, name) {
  return condition ? [name] : [];
}
