-- Those who only look ask through these functions; they run with the rights of who asks.
do $$
begin
    execute format('grant execute on function page_size(text), '
                   'reference_page(text, text, text) to %I',
                   'batuta_' || current_schema() || '_read');
end
$$;
