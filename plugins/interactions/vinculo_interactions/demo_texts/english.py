# ruff: noqa: E501 - phrases, kept as running text
"""Phrases for clients who are written to in English."""

PRODUCTS = "stretch film|shrink sleeves|label printers|pallet wrappers|tray sealers|corrugated boxes|bubble mailers|closures and bottles|spare parts kits|self-adhesive labels"
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
SELLING = {
    "meeting": "First meeting at {client}|Needs on {product}: site visit|Demo of {product}|Quote {number} walked through with {person}|Commercial terms, round two|Trial run of {product} on their line",
    "call_in": "{person} asks for a price on {product}|Enquiry from the website: {product}|{person} wants samples of {product}|Question on quote {number}|Asks whether we deliver to a second site",
    "call_out": "Introducing ourselves to {person}|Follow-up on quote {number}|Did the samples of {product} arrive?|Who decides on {product}?|Fixing a date for the site visit|Checking budget timing for {month}",
    "sms": "Meeting confirmed with {person}|Quote {number} is in your inbox|On my way, ten minutes late",
    "email": "Quote {number}: {product}|Catalogue and price list for {month}|Data sheets for {product}|Summary of our meeting|Draft contract for review|Reference list as requested",
    "note": "Competitor's price on {product}|Decision expected in {month}|Who is who at {client}",
}
SERVING = {
    "meeting": "Quarterly review with {person}|Volumes for {month}|Complaint about {product} looked at on site|Training of the shift on {product}|Renewal of the frame contract|New line: what they will need",
    "call_in": "Order {number}: where is it?|Repeat order of {product}|{person} reports a fault on {product}|Invoice {number} needs a corrected address|Urgent: {product} run out by Friday|Asks to move the delivery of {month}|Thanks from {person} for the quick repair",
    "call_out": "Delivery date for order {number}|Invoice {number} is overdue|Are they happy with {product}?|Stock check before {month}|Price change on {product} from {month}|Offering {product} along with the usual order",
    "sms": "Order {number} has left the warehouse|Driver arrives at 10:30|Reminder: invoice {number}",
    "email": "Order confirmation {number}|Statement of account for {month}|Invoice {number} and delivery note|Credit note for the damaged {product}|Delivery schedule for {month}|Certificate of conformity: {product}",
    "note": "Agreed discount on {product}|Site closed for stocktaking in {month}|New buyer starts in {month}|Payment habit: always in the last week",
}
FAREWELLS = "Told us they chose another supplier|Project stopped by head office|Contract not renewed: price"
LOST_OUTCOME = "Lost, no further orders expected"
OUTCOMES = {
    "meeting": "Agreed on next steps>Send the minutes and an offer|-They want a trial first>Arrange the trial|-Terms accepted>Send the contract|-Price is the sticking point>Ask for a special price|Good mood, no decision yet>Call again after their board meeting|+Volumes confirmed>|+Settled on the spot>|+Replacement promised>Arrange the replacement",
    "call_in": "Answered on the spot>|+Passed to the warehouse>Check the reply from the warehouse|Promised an offer by tomorrow>Send the offer|+Order taken>Confirm the delivery date|Will call back with the quantity>Call if they do not",
    "call_out": "!No answer>Try again|Spoke to the assistant, call back later>Call back|Confirmed>|-Interested, wants figures>Send the calculation|-Not now, ask again next month>Call next month|+Promised to pay this week>Check the payment|+Content, nothing open>",
    "sms": "Delivered>|Replied: thank you>|Read, no reply>Call to make sure",
    "email": "Sent>Ask whether it arrived|Confirmed by reply>|Asked for changes>Send the corrected version|Forwarded to their finance department>Follow up with finance|No reply yet>Remind them",
    "note": ">|Kept for the file>|For the next meeting>Bring it up at the meeting",
}
NOTES = "{person} was well prepared and had last year's figures at hand.|-Their current supplier delivers in two weeks, we can do five days.|They use about {amount} units a month.|Payment terms matter more to them than the unit price.|+The warehouse is full until the end of {month}.|+Two pallets arrived with torn corners, photos are in the mail.|+The night shift has trouble setting the machine, a short training would help.|+Finance asks for the order number on every invoice.|-They compare us with two others.|Asked about recycled material; wants the certificates.|A second line should start in {month}.|-Budget is approved up to {amount}.|-Left a sample with the shift lead.|{person} is on holiday for two weeks, the deputy decides meanwhile.|+Want everything in one delivery, no partial shipments.|+The gate needs to know the plate number a day ahead."
