/** One text: subject and body, its placeholders at hand, the preview beside it, and the other language's below. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Input, type InputRef } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/client";
import type { NoticePreview, NoticeTemplate } from "../../api/types";
import { useUnsaved } from "../../app/unsaved";
import { refusalWords } from "../../session/problemWords";
import { ask } from "../noun";
import { useLater } from "../useLater";
import { changedNoun } from "../useRows";

interface Text {
  readonly subject: string;
  readonly body: string;
}

const REST_MS = 400;

export function TemplateForm({ template, other }: { template: NoticeTemplate; other: NoticeTemplate | undefined }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const [text, setText] = useState<Text>({ subject: template.subject, body: template.body });
  const [theirs, setTheirs] = useState<NoticeTemplate | null>(null);
  const subject = useRef<InputRef>(null);
  const body = useRef<TextAreaRef>(null);
  const inBody = useRef(true);
  const path = `/notice-templates/${template.key}/${template.language}`;
  const saving = useMutation({
    mutationFn: ({ given, version }: { given: Text; version: number }) => ask<NoticeTemplate>("PATCH", path, { body: given, version }),
    onSuccess: async () => {
      void message.success(t("admin.saved"));
      await changedNoun("notice-templates");
    },
    onError: async (error) => {
      if (error instanceof ApiError && error.status === 412) setTheirs(await ask<NoticeTemplate>("GET", path));
    },
  });
  const dirty = text.subject !== template.subject || text.body !== template.body;
  useUnsaved(dirty && !saving.isPending);
  const put = (name: string): void => {
    const element = inBody.current ? body.current?.resizableTextArea?.textArea : subject.current?.input;
    const member = inBody.current ? "body" : "subject";
    const at = element?.selectionStart ?? text[member].length;
    setText({ ...text, [member]: `${text[member].slice(0, at)}{${name}}${text[member].slice(element?.selectionEnd ?? at)}` });
    element?.focus();
  };
  return (
    <form
      className="thing-form"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate({ given: text, version: template.version });
      }}
    >
      {theirs !== null && (
        <div className="conflict" role="alert" data-testid="conflict">
          <Alert type="warning" showIcon title={t("admin.conflict")} description={<><b>{theirs.subject}</b><pre className="payload">{theirs.body}</pre></>} />
          <div className="form-tools">
            <Button onClick={() => saving.mutate({ given: text, version: theirs.version })}>{t("admin.takeMine")}</Button>
            <Button onClick={() => void changedNoun("notice-templates")}>{t("admin.takeTheirs")}</Button>
          </div>
        </div>
      )}
      <div className="field field-wide">
        <label htmlFor="template-subject">{t("admin.field.subject")}</label>
        <Input ref={subject} id="template-subject" value={text.subject} onFocus={() => (inBody.current = false)} onChange={(event) => setText({ ...text, subject: event.target.value })} />
      </div>
      <div className="field field-wide">
        <label htmlFor="template-body">{t("admin.field.body")}</label>
        <Input.TextArea ref={body} id="template-body" className="code-input" autoSize={{ minRows: 8, maxRows: 22 }} value={text.body} onFocus={() => (inBody.current = true)} onChange={(event) => setText({ ...text, body: event.target.value })} />
      </div>
      <div className="placeholders" role="group" aria-label={t("admin.placeholders")}>
        <span className="quiet">{t("admin.placeholders")}</span>
        {template.placeholders.map((name) => (
          <button key={name} type="button" className="placeholder" onClick={() => put(name)}>
            {`{${name}}`}
          </button>
        ))}
      </div>
      <Preview path={path} text={text} title={t("admin.preview")} />
      <div className="form-tools">
        <Button type="primary" htmlType="submit" loading={saving.isPending} disabled={!dirty}>
          {t("admin.save")}
        </Button>
        {!template.is_shipped && <Button onClick={() => saving.mutate({ given: { subject: "", body: "" }, version: template.version })}>{t("admin.takeShipped")}</Button>}
      </div>
      {saving.error !== null && theirs === null && <Alert type="error" showIcon role="alert" className="form-problem" title={refusalWords(saving.error, t)} />}
      {other !== undefined && <Preview path={`/notice-templates/${other.key}/${other.language}`} text={other} title={t("admin.previewOther")} />}
    </form>
  );
}

/** The text with examples; what is wrong with it, in the platform's words, as it is typed. */
function Preview({ path, text, title }: { path: string; text: Text; title: string }) {
  const { t } = useTranslation();
  const rested = useLater(JSON.stringify({ subject: text.subject, body: text.body }), REST_MS);
  const { data, error } = useQuery({
    queryKey: ["admin", "notice-preview", path, rested],
    queryFn: ({ signal }) => ask<NoticePreview>("POST", `${path}/preview`, { body: JSON.parse(rested) as Text, signal }),
    retry: false,
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  return (
    <section className="preview" aria-live="polite">
      <h3 className="part-title">{title}</h3>
      {error !== null ? (
        <p className="field-error" role="alert">{refusalWords(error, t)}</p>
      ) : (
        data !== undefined && (
          <>
            <p className="preview-subject">{data.subject}</p>
            <pre className="preview-body">{data.body}</pre>
          </>
        )
      )}
    </section>
  );
}
