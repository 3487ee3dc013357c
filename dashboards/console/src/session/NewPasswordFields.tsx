/** A password of one's own, typed twice: fields of the forms of an invitation, of a password link and of one's account. */
import { Form, Input } from "antd";
import { useTranslation } from "react-i18next";

export interface NewPassword {
  readonly password: string;
  readonly again: string;
}

/** `label`: what the first one is called, where it is not the only password of the form. */
export function NewPasswordFields({ label }: { label?: string }) {
  const { t } = useTranslation();
  return (
    <>
      <Form.Item name="password" label={label ?? t("invite.password")} rules={[{ required: true, min: 10, message: t("invite.short") }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item
        name="again"
        label={t("invite.again")}
        dependencies={["password"]}
        rules={[
          ({ getFieldValue }) => ({
            validator: async (_, value: unknown) => {
              if (value !== getFieldValue("password")) throw new Error(t("invite.differs"));
            },
          }),
        ]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
}
