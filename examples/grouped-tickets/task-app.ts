// A task of two modules: one names the group of a support ticket, the other its category within that group. The tickets
// are those of ../support-tickets.

import { supportTickets } from "../support-tickets/task-app.ts";
import { asCommand } from "../task-app-kit/command-line.ts";
import { runTaskApp } from "../task-app-kit/main.ts";
import type { LabelTask, PipelineStep } from "../task-app-kit/task.ts";
import { startTaskApp, type TaskApp, type TaskAppOptions } from "../task-app-kit/task-app.ts";

/** The categories of each group. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  account_matter: ["account_deletion", "login_problem", "subscription_cancel"],
  money_matter: ["disputed_charge", "refund_status"],
  parcel_or_product: ["damaged_item", "delivery_delay", "feature_request"],
};

/** The task: `group` answers with a group, `label` with one of its categories. Seeds and pools are those of support tickets. */
export function groupedTickets(): LabelTask {
  return {
    ...supportTickets(),
    id: "grouped_tickets",
    title: "Grouped tickets",
    description: "Name the group, then the category of a customer's message",
    steps: [groupStep(), labelStep()],
  };
}

/** Start the task app. Rejects when the port cannot be had. */
export function startGroupedTickets(options: TaskAppOptions): Promise<TaskApp> {
  return startTaskApp(groupedTickets(), options);
}

function groupStep(): PipelineStep {
  return {
    module: "group",
    prompt: [
      { role: "system", content: "Say which of these groups the support ticket belongs to:\n{options}" },
      { role: "user", content: "Ticket: {ticket}" },
    ],
    values: ({ text }) => ({ ticket: text, options: listed(Object.keys(GROUPS)) }),
    expected: ({ label }) => groupOf(label),
  };
}

/** A group that does not exist leaves all categories to choose from. */
function labelStep(): PipelineStep {
  return {
    module: "label",
    prompt: [
      { role: "system", content: "Name the category of the support ticket, one of:\n{options}" },
      { role: "user", content: "Ticket: {ticket}" },
    ],
    values: ({ text }, { group = "" }) => ({
      ticket: text,
      options: listed(GROUPS[group] ?? Object.values(GROUPS).flat()),
    }),
    expected: ({ label }) => label,
  };
}

function groupOf(label: string): string {
  return Object.entries(GROUPS).find(([, labels]) => labels.includes(label))?.[0] ?? "";
}

function listed(names: readonly string[]): string {
  return names.map((name) => `- ${name}`).join("\n");
}

if (import.meta.main) await asCommand(() => runTaskApp(() => groupedTickets()));
