// The task app of the demo: sort a customer's message into one of eight categories. 192 tickets, 24 per category.

import { readFileSync } from "node:fs";
import { asCommand } from "../task-app-kit/command-line.ts";
import { fields, firstText, list } from "../task-app-kit/data.ts";
import { balancedPools, type Example, labelsOf } from "../task-app-kit/dataset.ts";
import { runTaskApp } from "../task-app-kit/main.ts";
import type { LabelTask } from "../task-app-kit/task.ts";
import { startTaskApp, type TaskApp, type TaskAppOptions } from "../task-app-kit/task-app.ts";

const PER_LABEL = { train: 12, validation: 6, test: 6 };

/** The task: seeds 0-95 are for training, 96-143 for validation, 144-191 for test. */
export function supportTickets(): LabelTask {
  const tickets = readTickets(readFileSync(new URL("./tickets.json", import.meta.url), "utf8"));
  const [train = [], validation = [], test = []] = balancedPools(tickets, Object.values(PER_LABEL));
  const labels = labelsOf(tickets);
  return {
    id: "support_tickets",
    title: "Support tickets",
    description: "Name the category of a customer's message",
    labels,
    pools: { train, validation, test },
    prompt: [
      { role: "system", content: "Sort the support ticket into one of these categories:\n{labels}" },
      { role: "user", content: "Ticket: {ticket}" },
    ],
    values: (example) => ({
      ticket: example.text,
      labels: labels.map((label) => `- ${label}`).join("\n"),
    }),
  };
}

/** Start the task app. Rejects when the port cannot be had. */
export function startSupportTickets(options: TaskAppOptions): Promise<TaskApp> {
  return startTaskApp(supportTickets(), options);
}

function readTickets(text: string): Example[] {
  return list(JSON.parse(text)).map((entry) => {
    const ticket = fields(entry);
    const [body, label] = [firstText(ticket.text), firstText(ticket.category)];
    if (body === undefined || label === undefined)
      throw new TypeError("a ticket needs a text and a category");
    return { text: body, label };
  });
}

if (import.meta.main) await asCommand(() => runTaskApp(supportTickets));
