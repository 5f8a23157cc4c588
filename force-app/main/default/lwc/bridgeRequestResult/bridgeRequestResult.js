import { LightningElement, api } from 'lwc';
import { LABEL } from 'c/bridgeLabels';
import { count, duration, fill } from 'c/bridgeFormat';
import { exitMark } from 'c/bridgeWords';
/** How a bearer token request ended: exit path, diagnosis, and the answer without what must not be seen. */
export default class BridgeRequestResult extends LightningElement {
    @api
    answer;
    label = LABEL;
    /** After the answer came, the focus is here: it is what was waited for. */
    @api
    focus() {
        this.template.querySelector('[data-id="heading"]')?.focus();
    }
    get mark() {
        return exitMark(this.answer?.exitPath ?? 'Failure');
    }
    get summary() {
        const { upstreamStatus, durationMs = 0 } = this.answer ?? {};
        const took = fill(LABEL.Milliseconds, durationMs);
        return upstreamStatus === undefined
            ? fill(LABEL.AnswerNone, took)
            : fill(LABEL.AnswerStatus, String(upstreamStatus), took);
    }
    get isSuccess() {
        return this.answer?.exitPath === 'Success';
    }
    get token() {
        return count(this.answer?.tokenCharacters ?? 0, LABEL.TokenCharactersOne, LABEL.TokenCharacters);
    }
    get life() {
        const seconds = this.answer?.expiresInSeconds;
        return seconds === undefined ? LABEL.LifeUnknown : duration(seconds);
    }
    get references() {
        const { correlationId, upstreamCorrelationId } = this.answer ?? {};
        return [
            ...(correlationId === undefined ? [] : [{ label: LABEL.ReferenceBridge, value: correlationId }]),
            ...(upstreamCorrelationId === undefined
                ? []
                : [{ label: LABEL.ReferenceUpstream, value: upstreamCorrelationId }]),
        ];
    }
    get headers() {
        return Object.entries(this.answer?.upstreamHeaders ?? {}).map(([label, value]) => ({ label, value }));
    }
    get hasHeaders() {
        return this.headers.length > 0;
    }
    handleSave() {
        this.dispatchEvent(new CustomEvent('saveas'));
    }
}
