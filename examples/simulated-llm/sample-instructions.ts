// Instructions for the example tasks, better and worse ones, to see what the simulated LLM makes of them.

/** A good instruction for the support tickets: a rule per category, and the form of the answer. */
export const GOOD_TICKETS = `Sort the support ticket into one of these categories:
{labels}

Read the whole ticket carefully. Answer with only the label and nothing else.
- If it is about money that was taken, an invoice, a bill, a fee, an amount or a bank statement, or about being overcharged or billed twice, answer disputed_charge.
- If something was returned or is to be credited, reimbursed or processed by the bank, answer refund_status.
- If a password, a code, a reset, a locked account, signing in or an authenticator is mentioned, answer login_problem.
- If a parcel, a package, a courier, tracking, shipping or a warehouse is mentioned, answer delivery_delay.
- If something is broken, cracked, torn, faulty, dented, leaking or scratched, or a replacement is wanted, answer damaged_item.
- If a plan, a membership, a trial, a renewal or a contract is to stop, to be terminated or not to renew, answer subscription_cancel.
- If someone would love, suggests or wishes a new option, an integration, or something useful to be added, answer feature_request.
- If a profile or personal data or details are to be erased, wiped, removed or closed permanently, answer account_deletion.`;

/** The good one under far too much good advice. */
export const BLOATED_TICKETS = `${GOOD_TICKETS}
${"Remember at all times that the people who write to us come from many countries and backgrounds, that they may be in a hurry, upset or simply unsure how things work, and that a patient and considerate attitude is what our company stands for in every single situation. ".repeat(12)}`;

/** Every rule claims the words of another one as well. */
export const CONTRADICTORY_TICKETS = `Sort the support ticket into one of these categories:
{labels}

Answer with only the label and nothing else.
- If it mentions an invoice, a bill, a fee, a password, a code or a reset, answer disputed_charge.
- If it mentions something returned, credited, reimbursed, a plan, a membership or a trial, answer refund_status.
- If it mentions a password, a code, a reset, an invoice, a bill or a fee, answer login_problem.
- If it mentions a parcel, a package, a courier, a profile, personal data or details, answer delivery_delay.
- If it mentions something broken, cracked, torn, an option, an integration or something useful, answer damaged_item.
- If it mentions a plan, a membership, a trial, something returned, credited or reimbursed, answer subscription_cancel.
- If it mentions an option, an integration, something useful, broken, cracked or torn, answer feature_request.
- If it mentions a profile, personal data, details, a parcel, a package or a courier, answer account_deletion.`;

/** The baseline with nothing but the form of the answer added. */
export const BARE_ANSWER_TICKETS = `Sort the support ticket into one of these categories:
{labels}
Answer with only the label and nothing else.`;

/** A good instruction for the twenty intents of Banking77. */
export const GOOD_BANKING = `You are an expert banking assistant that classifies customer queries into banking intents. Answer with only the intent label and nothing else.
- Statement, missing or returned money, merchant or "refund": Refund_not_showing_up.
- Activation or how to start using a new card: activate_my_card.
- Children, daughter, son, old, minimum or young: age_limit.
- Apple, Google, watch or phone wallet: apple_pay_or_google_pay.
- Which ATMs or cash machines can be used, where to withdraw, closest or nearest: atm_support.
- Auto, automatically or low balance with top-up: automatic_top_up.
- Bank transfer made but balance same or not updated: balance_not_updated_after_bank_transfer.
- Cheque, check, deposit or cash deposited: balance_not_updated_after_cheque_or_cash_deposit.
- Beneficiary, recipient or not allowed to transfer: beneficiary_not_allowed.
- Cancel, stop, reverse, undo or revert a transfer, wrong account: cancel_transfer.
- Expire, expires, expiration, expiring or expired: card_about_to_expire.
- Accepted, shops, stores, merchants or places where the card works: card_acceptance.
- Still waiting, arrived, ordered, tracking, lost in mail or arrive: card_arrival.
- How long delivery takes, estimate, express, days, US or fast: card_delivery_estimate.
- Link, linking, reactivate, found, add or view the card in the app: card_linking.
- Broken, does not work, not working or damaged: card_not_working.
- Fee, extra, charged or charge for a payment: card_payment_fee_charged.
- Unknown payment, did not make, recognise, fraudulent or strange: card_payment_not_recognised.
- Exchange rate, abroad, foreign, currency, conversion or rate: card_payment_wrong_exchange_rate.
- Machine, ATM or cashpoint kept, swallowed, ate, took or stuck the card: card_swallowed.`;
